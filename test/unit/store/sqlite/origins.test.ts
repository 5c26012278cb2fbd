import assert from "node:assert/strict";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { keptBytes } from "../../../support/kept-bytes.ts";
import { migrate } from "../../../../src/store/sqlite/migrate.ts";
import { Origins } from "../../../../src/store/sqlite/origins.ts";

/** A writer on the file: what it does in one transaction. */
function writerOn(db: Sqlite.Database, capacity: number) {
  const origins = new Origins(db, capacity);
  const insert = db.prepare(`
    insert into entries (conversation, seq, mid, at, kind, author, device, origin)
    values (?, (select coalesce(max(seq), 0) + 1 from entries where conversation = ?), randomblob(16), 0, 0, ?, 1, ?)
    returning id, seq`);
  return {
    transaction: (said: readonly Said[], end: "commit" | "rollback" = "commit"): readonly (number | undefined)[] => {
      db.exec("begin");
      origins.refresh();
      const first = said.map(({ conversation, author, origin }) => {
        const known = origin === null ? undefined : origins.seqOf(conversation, author, origin);
        if (known !== undefined) return known;
        const row = insert.get(conversation, conversation, author, origin) as { id: number; seq: number };
        origins.saw(row.id);
        if (origin !== null) origins.add({ conversation, author, origin, seq: row.seq });
        return undefined;
      });
      origins.flush();
      db.exec(end);
      if (end === "rollback") origins.clear();
      return first;
    },
  };
}

interface Said {
  readonly conversation: number;
  readonly author: number;
  readonly origin: string | null;
}

function database(): Sqlite.Database {
  const db = new Sqlite(":memory:");
  migrate(db);
  return db;
}

const someSaid = fc.record({
  conversation: fc.integer({ min: 1, max: 4 }),
  author: fc.integer({ min: 1, max: 2 }),
  origin: fc.option(fc.integer({ max: 60, min: 0 }).map((n) => `o-${n}`)),
});

describe("the origin ids of a SQLite log", () => {
  it("are found whether in memory, on their way to the table, or there; by any writer, after any rollback", () => {
    const act = fc.record({
      writer: fc.nat(1),
      said: fc.array(someSaid, { maxLength: 12 }),
      end: fc.constantFrom("commit" as const, "commit" as const, "commit" as const, "rollback" as const),
      restart: fc.nat(9).map((n) => n === 0),
    });
    fc.assert(
      fc.property(fc.array(act, { minLength: 20, maxLength: 60 }), (acts) => {
        const db = database();
        const writers = [writerOn(db, 8), writerOn(db, 20)];
        const model = new Map<string, number>();
        const heads = new Map<number, number>();

        for (const { writer, said, end, restart } of acts) {
          if (restart) writers[writer] = writerOn(db, 8);
          const known = new Map(model);
          const reached = new Map(heads);
          const expected = said.map(({ conversation, author, origin }) => {
            const key = `${conversation} ${author} ${origin}`;
            const first = origin === null ? undefined : known.get(key);
            if (first !== undefined) return first;
            reached.set(conversation, (reached.get(conversation) ?? 0) + 1);
            if (origin !== null) known.set(key, reached.get(conversation)!);
            return undefined;
          });
          assert.deepEqual(writers[writer]!.transaction(said, end), expected);
          if (end === "rollback") continue;
          known.forEach((seq, key) => model.set(key, seq));
          reached.forEach((seq, conversation) => heads.set(conversation, seq));
        }
        db.close();
      }),
      { numRuns: 50 },
    );
  });

  it("reach the table, so that a start reads little of the log", () => {
    const db = database();
    const writer = writerOn(db, 10);

    for (let n = 0; n < 300; n++) writer.transaction([{ conversation: 1, author: 1, origin: `o-${n}` }]);

    const { indexed } = db.prepare("select indexed_to as indexed from origins_progress").get() as { indexed: number };
    const { filed } = db.prepare("select count(*) as filed from origins").get() as { filed: number };
    assert.ok(indexed > 270, `indexed to ${indexed} of 300`);
    assert.ok(filed >= indexed);
    db.close();
  });

  it("move the table's end on also when few messages have one", () => {
    const db = database();
    const writer = writerOn(db, 10);

    for (let n = 0; n < 300; n++) writer.transaction([{ conversation: 1, author: 1, origin: null }]);

    const { indexed } = db.prepare("select indexed_to as indexed from origins_progress").get() as { indexed: number };
    assert.ok(indexed > 200, `indexed to ${indexed} of 300`);
    db.close();
  });

  it("are remembered without the batch they came in", () => {
    const origins = new Origins(database());
    const name = (n: number): string =>
      `origin id number ${n} and the texts of its batch: ${"x".repeat(100_000)}`.slice(0, 22);

    const kept = keptBytes(() => {
      for (let seq = 1; seq <= 200; seq++) origins.add({ conversation: 1, author: 1, origin: name(seq), seq });
      return origins;
    });

    assert.ok(kept < 1_000_000, `${kept} bytes`);
  });
});
