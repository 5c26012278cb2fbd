import assert from "node:assert/strict";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import type { Publication } from "../../../../src/model/event.ts";
import type { DeviceId, OriginId, UserId } from "../../../../src/model/ids.ts";
import { createMemoryStore } from "../../../../src/store/memory/index.ts";
import { ByteWriter } from "../../../../src/store/sqlite/bytes.ts";
import { migrate } from "../../../../src/store/sqlite/migrate.ts";
import { packLog } from "../../../../src/store/sqlite/packed-log.ts";
import { QueuePacker } from "../../../../src/store/sqlite/packed-queues.ts";
import { readsOf, writesOf } from "../../../../src/store/sqlite/questions.ts";
import { entriesOf, EntryWriter } from "../../../../src/store/sqlite/run-entries.ts";
import type { Batch, Enqueue, Enqueued, Queued, QueueSettle, QueueTarget } from "../../../../src/store/store.ts";

const nothing: Batch = { releases: [], appends: [], enqueues: [], advances: [], marks: [], settles: [], pins: [] };

/** The SQLite store without its threads; forgetful, it remembers nothing from one commit to the next. */
function sqlite(forgetful: boolean) {
  const db = new Sqlite(":memory:");
  migrate(db);
  const { writes, flush, stale } = writesOf(db);
  const reads = readsOf(db);
  const packer = new QueuePacker();
  return {
    db,
    commit: (enqueues: readonly Enqueue[], settles: readonly QueueSettle[]): readonly Enqueued[] => {
      const { packed, answer } = packer.pack(enqueues, settles);
      if (forgetful) stale();
      const { given } = writes.commit({ releases: [], log: packLog(nothing), queues: packed, pins: [] });
      flush();
      return answer(given);
    },
    queued: reads.queued,
  };
}

const users = ["alice@h", "bob@h"] as UserId[];
const devices = ["mqtt:a", "mqtt:b"] as DeviceId[];

const someTarget: fc.Arbitrary<QueueTarget> = fc.record({
  user: fc.constantFrom(...users),
  device: fc.constantFrom(...devices),
  qos: fc.constantFrom(1 as const, 2 as const),
  retain: fc.boolean(),
  subscriptionIds: fc.option(fc.array(fc.integer({ min: 1, max: 268_435_455 }), { minLength: 1, maxLength: 3 }), {
    nil: undefined,
  }),
});
const somePublication: fc.Arbitrary<Publication> = fc.record({
  type: fc.constant("publication" as const),
  host: fc.constantFrom("h", "other.example.org"),
  topic: fc.oneof(fc.constantFrom("a/b", "é/ü", "t".repeat(300)), fc.string({ unit: "grapheme", maxLength: 60 })),
  payload: fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.constant(new Uint8Array(20_000).fill(7))),
  qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
  retain: fc.boolean(),
  author: fc.constantFrom(...users),
  device: fc.constantFrom(...devices),
  at: fc.integer({ min: 0, max: 2 ** 45 }),
  expiresAt: fc.option(fc.integer({ min: 1, max: 2 ** 45 }), { nil: undefined, freq: 8 }),
  extensions: fc.option(fc.constant({ mqtt: "AAE=" }), { nil: undefined }),
});
const someEnqueue: fc.Arbitrary<Enqueue> = fc.record({
  publication: somePublication,
  sessions: fc.oneof(
    { weight: 4, arbitrary: fc.array(someTarget, { minLength: 1, maxLength: 1 }) },
    fc.uniqueArray(someTarget, { maxLength: 3, selector: ({ user, device }) => `${user} ${device}` }),
  ),
  originId: fc.option(fc.constantFrom("q2:1" as OriginId, "q2:2" as OriginId), { nil: undefined, freq: 8 }),
});
const someSettle: fc.Arbitrary<readonly QueueSettle[]> = fc
  .record({
    user: fc.constantFrom(...users),
    device: fc.constantFrom(...devices),
    from: fc.integer({ min: 1, max: 40 }),
    count: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ user, device, from, count }) =>
    Array.from({ length: count }, (_, n) => ({ user, device, position: from + n })),
  );

describe("queues in runs", () => {
  it("hold and give back what rows for each entry would, settled in any order, read in any pages", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ enqueues: fc.array(someEnqueue, { maxLength: 12 }), settles: fc.array(someSettle) }), {
          maxLength: 8,
        }),
        fc.boolean(),
        fc.integer({ min: 1, max: 30 }),
        async (commits, forgetful, limit) => {
          const model = createMemoryStore();
          const store = sqlite(forgetful);
          for (const { enqueues, settles } of commits) {
            const expected = await model.commit({ ...nothing, enqueues, settles: settles.flat() });
            assert.deepEqual(store.commit(enqueues, settles.flat()), expected.enqueued);
          }
          for (const user of users) {
            for (const device of devices) {
              const expected = await model.queued(user, device, 0, 1_000);
              const got: Queued[] = [];
              for (let page: readonly Queued[] = []; ; got.push(...page)) {
                page = store.queued(user, device, got.at(-1)?.position ?? 0, limit);
                if (page.length === 0) break;
              }
              assert.deepEqual(got.map(plain), expected.map(plain));
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("keep nothing of what is settled, whatever the order", () => {
    const store = sqlite(false);
    const [user, device] = [users[0]!, devices[0]!];
    const enqueue: Enqueue = {
      publication: fc.sample(somePublication, { numRuns: 1, seed: 1 })[0]!,
      sessions: [{ user, device, qos: 1, retain: false }],
    };
    const enqueues = Array.from({ length: 50 }, () => ({
      ...enqueue,
      publication: { ...enqueue.publication, expiresAt: undefined },
    }));
    const rows = (): unknown => store.db.prepare("select count(*) from queue_runs").pluck().get();

    for (let commit = 0; commit < 40; commit++) store.commit(enqueues, []);
    const full = rows();
    // The last first, and of each run the first entry last.
    const positions = Array.from({ length: 2_000 }, (_, n) => 2_000 - n);
    for (const position of positions) store.commit([], [{ user, device, position }]);

    assert.deepEqual([full, rows(), store.queued(user, device, 0, 10)], [40, 0, []]);
  });
});

describe("entries as bytes", () => {
  it("are read as they were written", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(somePublication, someTarget)), fc.integer({ min: 1 }), (entries, first) => {
        const bytes = new ByteWriter();
        const writer = new EntryWriter(bytes);
        for (const [publication, target] of entries) writer.write(publication, target);

        const read = [...entriesOf(bytes.take(), first)];

        const expected = entries.map(([publication, { qos, retain, subscriptionIds }], at) => ({
          position: first + at,
          publication: { ...publication, expiresAt: undefined },
          qos,
          retain,
          subscriptionIds,
        }));
        assert.deepEqual(read.map(plain), expected.map(plain));
      }),
    );
  });
});

/** Without the keys that are there and undefined, and with bytes of one kind. */
function plain(value: Queued): unknown {
  return JSON.parse(
    JSON.stringify({
      ...value,
      publication: { ...value.publication, payload: Buffer.from(value.publication.payload).toString("hex") },
    }),
  );
}
