// Which entry an origin id named (P3), at a fraction of what an index of the log would cost: the table lags behind.
import type { Database } from "better-sqlite3";
import { ownText } from "../../model/own-text.ts";

/**
 * An index on (conversation, author, origin id) has a page of its own to write for nearly every message, which was
 * half the cost of a commit (bench/store.ts). So the latest origin ids are only in memory; the log itself, read again
 * from where the table ends, brings them back after a start. When there are enough of them they go to the table sorted,
 * many to a page, a slice with each commit.
 */
export class Origins {
  readonly #statements: ReturnType<typeof statementsOf>;
  readonly #capacity: number;
  #recent = new Map<string, Row>();
  #draining: Draining | undefined;
  #added = 0;
  /** The table has all up to this entry; `#recent` and `#draining` all from there to `#seenTo`. */
  #indexedTo = -1;
  #seenTo = 0;

  constructor(db: Database, capacity = 16_384) {
    this.#statements = statementsOf(db);
    this.#capacity = capacity;
  }

  /** First in each transaction in which somebody else may have written since the last. */
  refresh(): void {
    const indexedTo = this.#statements.indexedTo.get()!;
    if (indexedTo !== this.#indexedTo) this.#forgetTo(indexedTo);
    for (const row of this.#statements.unindexed.all(this.#seenTo)) this.add(row);
    this.saw(this.#statements.newest.get() ?? 0);
  }

  /** The seq of the entry that the author named so in this conversation. */
  seqOf(conversation: number, author: number, origin: string): number | undefined {
    const key = keyOf(conversation, author, origin);
    const known = this.#recent.get(key) ?? this.#draining?.rows.get(key);
    return known?.seq ?? this.#statements.find.get(conversation, author, origin);
  }

  /** To be told of each entry that is named. */
  add(row: Row): void {
    // Or each would keep the texts of its whole batch.
    const { conversation, author, seq } = row;
    const origin = ownText(row.origin);
    this.#recent.set(ownText(keyOf(conversation, author, origin)), { conversation, author, origin, seq });
    this.#added += 1;
  }

  /** To be told the id of the last entry, named or not. */
  saw(id: number): void {
    this.#seenTo = Math.max(this.#seenTo, id);
  }

  /** Last in each transaction: moves a slice to the table, faster than new ones come. */
  flush(): void {
    // Also when few are named: a start reads the log from where the table ends.
    const due = this.#recent.size >= this.#capacity || this.#seenTo - this.#indexedTo >= 4 * this.#capacity;
    if (this.#draining === undefined && due) {
      // By conversation is enough: what shares it shares pages.
      const sorted = [...this.#recent.values()].sort((one, other) => one.conversation - other.conversation);
      this.#draining = { rows: this.#recent, sorted, done: 0, through: this.#seenTo };
      this.#recent = new Map();
    }
    if (this.#draining !== undefined) this.#drain(this.#draining);
    this.#added = 0;
  }

  /** After a rollback: what is held may not be in the log. */
  clear(): void {
    this.#indexedTo = -1;
  }

  #drain(draining: Draining): void {
    const slice = draining.sorted.slice(draining.done, draining.done + Math.max(this.#capacity >> 5, 2 * this.#added));
    for (const row of slice) this.#statements.put.run(row.conversation, row.author, row.origin, row.seq);
    draining.done += slice.length;
    if (draining.done < draining.sorted.length) return;
    this.#statements.setIndexedTo.run(draining.through);
    this.#indexedTo = draining.through;
    this.#draining = undefined;
  }

  #forgetTo(indexedTo: number): void {
    this.#indexedTo = indexedTo;
    this.#seenTo = indexedTo;
    this.#draining = undefined;
    this.#recent.clear();
  }
}

interface Row {
  readonly conversation: number;
  readonly author: number;
  readonly origin: string;
  readonly seq: number;
}

interface Draining {
  readonly rows: ReadonlyMap<string, Row>;
  readonly sorted: readonly Row[];
  done: number;
  /** The table will have all up to this entry. */
  readonly through: number;
}

function keyOf(conversation: number, author: number, origin: string): string {
  return `${conversation} ${author} ${origin}`;
}

function statementsOf(db: Database) {
  return {
    indexedTo: db.prepare<[], number>("select indexed_to from origins_progress").pluck(),
    // Never back: another process may have come further.
    setIndexedTo: db.prepare("update origins_progress set indexed_to = max(indexed_to, ?)"),
    unindexed: db.prepare<[number], Row & { id: number }>(`
      select id, conversation, author, origin, seq from entries where id > ? and origin is not null order by id`),
    newest: db.prepare<[], number>("select max(id) from entries").pluck(),
    find: db
      .prepare<[number, number, string], number>(
        "select seq from origins where conversation = ? and author = ? and origin = ?",
      )
      .pluck(),
    put: db.prepare("insert or ignore into origins (conversation, author, origin, seq) values (?, ?, ?, ?)"),
  };
}
