import assert from "node:assert/strict";
import { directOf, type ConversationId } from "../../model/ids.ts";
import type { Store } from "../../store/store.ts";
import type { StoreAdapter } from "../store-contract.ts";
import { append, batch, draft, origin, phone, plain, publication, sensor, seqs, tenant } from "./builders.ts";

/** What holds between two nodes on the same data, and from one life of a node to the next. */
export function nodeTests(adapter: StoreAdapter): void {
  describe("two nodes", () => {
    let one: Store;
    let other: Store;

    before(async () => {
      // At the same moment: both find the same schema.
      [one, other] = await Promise.all([adapter.open(), adapter.open()]);
    });
    after(async () => {
      await one?.[Symbol.asyncDispose]();
      await other?.[Symbol.asyncDispose]();
    });

    it("append to one conversation at full speed: dense, and a reader that sees n has seen all before n [P2]", async () => {
      const at = tenant();
      const rounds = 40;
      const size = 20;
      const write = async (store: Store): Promise<readonly number[]> => {
        const given: number[] = [];
        for (let round = 0; round < rounds; round++) {
          given.push(...seqs(await append(store, ...Array.from({ length: size }, () => draft(at)))));
        }
        return given;
      };
      let writing = true;
      const watch = async (store: Store): Promise<number> => {
        let seen = 0;
        let reads = 0;
        while (writing || seen < 2 * rounds * size) {
          const page = await store.read(at.direct, seen, 1000);
          reads += 1;
          for (const entry of page) assert.equal(entry.seq, ++seen, "a hole");
        }
        return reads;
      };

      const readers = [watch(one), watch(other)];
      const given = await Promise.all([write(one), write(other)]);
      writing = false;

      const total = 2 * rounds * size;
      assert.deepEqual(
        given.flat().sort((a, b) => a - b),
        Array.from({ length: total }, (_, n) => n + 1),
      );
      for (const seqsOfOne of given)
        assert.deepEqual(
          [...seqsOfOne].sort((a, b) => a - b),
          seqsOfOne,
        );
      for (const reads of await Promise.all(readers)) assert.ok(reads > 1);
    });

    it("append to the same conversations in opposite orders without a deadlock", async () => {
      const at = tenant();
      const users = Array.from({ length: 12 }, (_, n) => `u${n}@${at.host}` as never);
      const conversations = users.map((user) => directOf(at.alice, user));
      const terms = { qos: 1, retain: false } as const;
      const write = async (store: Store, order: readonly ConversationId[]) => {
        for (let round = 0; round < 25; round++) {
          await store.commit(
            batch({
              appends: order.map((conversation) => draft(at, { conversation })),
              advances: order.map((conversation) => ({ user: at.alice, device: phone, conversation, seq: round })),
              marks: order.map((conversation) => ({
                user: at.alice,
                conversation,
                mark: "read",
                seq: round,
                at: round,
              })),
              enqueues: order.map((_, n) => ({
                publication: publication(at),
                sessions: order.slice(n % 3).map((name) => ({ user: at.bob, device: name as never, ...terms })),
              })),
              settles: order.map((name) => ({ user: at.bob, device: name as never, position: round })),
              pins: order.map((name) => ({ publication: publication(at, { topic: name }) })),
            }),
          );
        }
      };

      await Promise.all([write(one, conversations), write(other, conversations.toReversed())]);

      assert.deepEqual(
        await one.heads(conversations),
        conversations.map(() => 50),
      );
      // Each round of each node gives the sixth queue an entry for each of its 12 publications; one each is settled.
      const positions = (await one.queued(at.bob, conversations[5] as never, 0, 10_000)).map((one) => one.position);
      assert.deepEqual(
        positions,
        Array.from({ length: 600 - 24 }, (_, n) => n + 25),
      );
    });

    it("agree on what an origin id names [P3]", async () => {
      const at = tenant();
      const retry = () => draft(at, { originId: origin("o-1") });

      for (let round = 0; round < 10; round++) {
        const results = await Promise.all(
          [one, other].map((store) => append(store, draft(at), { ...retry(), originId: origin(`o-${round}`) })),
        );
        const outcomes = results.map(([, second]) => second!.outcome).sort();
        assert.deepEqual(outcomes, ["duplicate", "new"]);
        const envelopes = results.map(([, second]) => (second!.outcome === "conflict" ? undefined : second!.envelope));
        assert.deepEqual(plain(envelopes[0]), plain(envelopes[1]));
      }
      assert.deepEqual(await one.heads([at.direct]), [30]);
    });

    it("see each other's rooms, even one that was removed and made anew", async () => {
      const at = tenant();
      const room = { id: at.lobby, title: "", open: true, listed: true, createdAt: 1, createdBy: at.alice };
      const say = () => draft(at, { conversation: at.lobby });
      await one.createRoom(room, at.alice);
      await append(one, say(), say());
      await append(other, say());

      await other.removeRoom(at.lobby);
      await other.createRoom(room, at.alice);
      await one.commit(batch({ advances: [{ user: at.alice, device: phone, conversation: at.lobby, seq: 7 }] }));

      assert.equal(await other.cursor(at.alice, phone, at.lobby), 7);
      assert.deepEqual(seqs(await append(one, say())), [1]);
      assert.deepEqual(seqs(await append(other, say())), [2]);
      assert.equal((await other.read(at.lobby, 0, 9)).length, 2);
    });

    it("see each other's accounts come and go", async () => {
      const at = tenant();
      const keys = { salt: "", iterations: 1, storedKey: "", serverKey: "" };
      const account = { user: at.bob, keys: { "SHA-1": keys, "SHA-256": keys }, createdAt: 1 };
      await one.createAccount(account);
      await append(one, draft(at));
      await append(other, draft(at));

      await other.removeAccount(at.bob);
      await append(one, draft(at));

      assert.deepEqual(plain(await one.backlog(at.bob, phone)), [
        plain({ conversation: at.direct, after: 2, head: 3 }),
      ]);
    });

    it("share queues: positions stay dense, settled anywhere", async () => {
      const at = tenant();
      const owed = { user: at.bob, device: sensor, qos: 1, retain: false } as const;
      const enqueue = { publication: publication(at), sessions: [owed] };

      const given = await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          const { enqueued } = await (n % 2 === 0 ? one : other).commit(batch({ enqueues: [enqueue, enqueue] }));
          return enqueued.flatMap((entry) => entry.positions);
        }),
      );
      await other.commit(batch({ settles: [3, 4].map((position) => ({ user: at.bob, device: sensor, position })) }));

      assert.deepEqual(
        given.flat().sort((a, b) => a - b),
        Array.from({ length: 40 }, (_, n) => n + 1),
      );
      assert.equal((await one.queued(at.bob, sensor, 0, 100)).length, 38);
    });
  });

  describe("a node that starts again", () => {
    it("finds all that was committed, and goes on from there", async () => {
      const at = tenant();
      const owed = { user: at.bob, device: sensor, qos: 1, retain: false } as const;
      const enqueue = { publication: publication(at), sessions: [owed], originId: origin("q2:1") };
      const before = await adapter.open();
      const [first] = await append(before, draft(at, { originId: origin("o-1") }));
      await before.commit(batch({ enqueues: [enqueue], settles: [{ user: at.bob, device: sensor, position: 1 }] }));
      await before[Symbol.asyncDispose]();

      const after = await adapter.open();

      const [retry, next] = await append(after, draft(at, { originId: origin("o-1") }), draft(at));
      const { enqueued } = await after.commit(batch({ enqueues: [enqueue, { ...enqueue, originId: undefined }] }));
      await after[Symbol.asyncDispose]();
      assert.deepEqual(plain(retry), { ...(plain(first) as object), outcome: "duplicate" });
      assert.deepEqual(seqs([next!]), [2]);
      assert.deepEqual(enqueued, [
        { outcome: "duplicate", positions: [] },
        { outcome: "new", positions: [2] },
      ]);
    });

    it("refuses questions once closed", async () => {
      const store = await adapter.open();
      await store[Symbol.asyncDispose]();

      await assert.rejects(store.commit(batch({ appends: [draft(tenant())] })), { code: "unavailable" });
      await assert.rejects(store.ping());
    });
  });
}
