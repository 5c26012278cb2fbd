// Small rows that nearly every commit reads and changes are kept, and written once a transaction.
import { Recent } from "../recent.ts";

export interface WriteBackOptions<Row> {
  load(key: string): Row;
  save(row: Row): void;
  readonly capacity: number;
}

/** A changed row is held apart until it is written, so that none is forgotten before. */
export class WriteBack<Row> {
  readonly #options: WriteBackOptions<Row>;
  readonly #changed = new Map<string, Row>();
  readonly #recent: Recent<Row>;

  constructor(options: WriteBackOptions<Row>) {
    this.#options = options;
    this.#recent = new Recent(options.capacity);
  }

  get(key: string): Row {
    const row = this.#changed.get(key) ?? this.#recent.get(key);
    if (row !== undefined) return row;
    const loaded = this.#options.load(key);
    this.#recent.set(key, loaded);
    return loaded;
  }

  /** To be called after each change, within the transaction. */
  changed(key: string, row: Row): void {
    this.#changed.set(key, row);
  }

  /** Writes what changed; called last in each transaction. */
  flush(): void {
    for (const [key, row] of this.#changed) {
      this.#options.save(row);
      this.#recent.set(key, row);
    }
    this.#changed.clear();
  }

  /** After a rollback, or a commit by somebody else, nothing that is held is true any more. */
  clear(): void {
    this.#changed.clear();
    this.#recent.clear();
  }
}
