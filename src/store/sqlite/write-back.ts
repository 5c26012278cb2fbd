// Small rows that nearly every commit reads and changes are kept, and written once a transaction.

export interface WriteBackOptions<Row> {
  load(key: string): Row;
  save(row: Row): void;
  readonly capacity: number;
}

/**
 * Holds between `capacity` and twice as many rows: the young generation fills, becomes the old one, and what is used
 * again moves back. A changed row is held apart until it is written.
 */
export class WriteBack<Row> {
  readonly #options: WriteBackOptions<Row>;
  readonly #changed = new Map<string, Row>();
  #young = new Map<string, Row>();
  #old = new Map<string, Row>();

  constructor(options: WriteBackOptions<Row>) {
    this.#options = options;
  }

  get(key: string): Row {
    const row = this.#changed.get(key) ?? this.#young.get(key);
    if (row !== undefined) return row;
    const found = this.#old.get(key) ?? this.#options.load(key);
    this.#keep(key, found);
    return found;
  }

  /** To be called after each change, within the transaction. */
  changed(key: string, row: Row): void {
    this.#changed.set(key, row);
  }

  /** Writes what changed; called last in each transaction. */
  flush(): void {
    for (const [key, row] of this.#changed) {
      this.#options.save(row);
      this.#keep(key, row);
    }
    this.#changed.clear();
  }

  /** After a rollback, or a commit by somebody else, nothing that is held is true any more. */
  clear(): void {
    this.#changed.clear();
    this.#young.clear();
    this.#old.clear();
  }

  #keep(key: string, row: Row): void {
    if (this.#young.size >= this.#options.capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, row);
  }
}
