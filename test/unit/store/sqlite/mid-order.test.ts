import assert from "node:assert/strict";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { midOrder } from "../../../../src/store/sqlite/mid-order.ts";
import { migrate } from "../../../../src/store/sqlite/migrate.ts";

const midOf = (n: number): Buffer => {
  const mid = Buffer.alloc(16, 7);
  mid.writeUInt32BE(n, 3);
  return mid;
};

describe("the order of message ids", () => {
  it("is found among the seqs, though some are gone", () => {
    const db = new Sqlite(":memory:");
    migrate(db);
    const insert = db.prepare(
      "insert into entries (conversation, seq, mid, at, kind, author, device) values (?, ?, ?, 0, 0, 1, 1)",
    );
    const converse = db.prepare("insert into conversations (id, name, peopled) values (?, ?, 1)");
    let id = 0;
    const steps = fc.array(fc.record({ seqs: fc.integer({ min: 1, max: 3 }), ids: fc.integer({ min: 1, max: 4 }) }), {
      maxLength: 70,
    });
    let unused = 0; // an id is one entry's, in all conversations

    fc.assert(
      fc.property(steps, fc.array(fc.nat(1 << 12), { minLength: 2, maxLength: 2 }), (log, ends) => {
        id += 1;
        converse.run(id, `dm:${id}`);
        const first = unused;
        const entries: { seq: number; n: number }[] = [];
        for (const { seqs, ids } of log) {
          const seq = (entries.at(-1)?.seq ?? 0) + seqs;
          entries.push({ seq, n: (unused += ids) });
          insert.run(id, seq, midOf(unused));
        }
        const [low, high] = ends.map((end) => first + (end % (unused - first + 3))).toSorted((a, b) => a - b) as [
          number,
          number,
        ];
        const source = { id, strayed: 0 };
        const order = midOrder(db);
        const within = entries.filter(({ n }) => n > low && n < high);
        const { low: after, high: before } = order.seqsBetween(id, midOf(low), midOf(high));

        assert.deepEqual(
          entries.filter(({ seq }) => seq > after && seq < before),
          within,
        );
        for (const strayed of [0, 1]) {
          const by = { id, strayed };
          assert.deepEqual(order.first(by, midOf(low), midOf(high), "asc"), within[0] && midOf(within[0].n));
          assert.deepEqual(
            order.first(by, midOf(low), midOf(high), "desc"),
            within.length > 0 ? midOf(within.at(-1)!.n) : undefined,
          );
          assert.equal(order.seqAbove(by, midOf(low)), entries.find(({ n }) => n > low)?.seq);
        }
        assert.equal(order.seqOf(source.id, midOf(low)), entries.find(({ n }) => n === low)?.seq);
      }),
      { numRuns: 200 },
    );
  });

  it("is known not to be that of the seqs where a file of before has it so", () => {
    const db = new Sqlite(":memory:");
    migrate(db, 13);
    const insert = db.prepare(
      "insert into entries (conversation, seq, mid, at, kind, author, device) values (?, ?, ?, 0, 0, 1, 1)",
    );
    for (const name of ["dm:a", "dm:b", "dm:c"])
      db.prepare("insert into conversations (name, peopled) values (?, 1)").run(name);
    for (const [seq, n] of [10, 20, 30].entries()) insert.run(1, seq + 1, midOf(n));
    for (const [seq, n] of [40, 15, 50].entries()) insert.run(2, seq + 1, midOf(n));

    migrate(db);

    const strayed = db.prepare("select name from conversations where strayed = 1").pluck();
    assert.deepEqual(strayed.all(), ["dm:b"]);
  });
});
