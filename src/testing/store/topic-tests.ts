import assert from "node:assert/strict";
import type { Enqueue, QueueTarget, Store } from "../../store/store.ts";
import {
  all,
  append,
  batch,
  draft,
  origin,
  phone,
  plain,
  publication,
  record,
  sensor,
  tenant,
  type Tenant,
} from "./builders.ts";

function toBob(at: Tenant, over: Partial<QueueTarget> = {}): QueueTarget {
  return { user: at.bob, device: sensor, qos: 1, retain: false, ...over };
}

async function enqueue(store: Store, ...enqueues: readonly Enqueue[]) {
  return (await store.commit(batch({ enqueues }))).enqueued;
}

async function positions(store: Store, at: Tenant): Promise<readonly number[]> {
  return (await store.queued(at.bob, sensor, 0, 1000)).map((one) => one.position);
}

export function topicTests(use: () => Store): void {
  describe("a session's queue", () => {
    it("numbers its entries densely from 1 and gives them back as they came", async () => {
      const at = tenant();
      const said = publication(at, { extensions: { mqtt: '{"a":1}' }, expiresAt: 9, qos: 2, retain: true, memo: [1] });
      const payload = Buffer.from([0, 255, 10]);
      const toPhone = toBob(at, { device: phone, qos: 2, retain: true, subscriptionIds: [3, 7] });

      const enqueued = await enqueue(
        use(),
        { publication: said, sessions: [toBob(at), toPhone] },
        { publication: { ...said, payload }, sessions: [toBob(at)] },
        { publication: said, sessions: [] },
      );

      assert.deepEqual(enqueued, [
        { outcome: "new", positions: [1, 1] },
        { outcome: "new", positions: [2] },
        { outcome: "new", positions: [] },
      ]);
      const { memo: _, ...stored } = said;
      assert.deepEqual(plain(await use().queued(at.bob, sensor, 0, 10)), [
        plain({ position: 1, publication: stored, qos: 1, retain: false }),
        plain({ position: 2, publication: { ...stored, payload }, qos: 1, retain: false }),
      ]);
      assert.deepEqual(plain(await use().queued(at.bob, phone, 0, 10)), [
        plain({ position: 1, publication: stored, qos: 2, retain: true, subscriptionIds: [3, 7] }),
      ]);
    });

    it("is read in pages", async () => {
      const at = tenant();
      await enqueue(
        use(),
        ...Array.from({ length: 5 }, () => ({ publication: publication(at), sessions: [toBob(at)] })),
      );

      const page = async (after: number, limit: number) =>
        (await use().queued(at.bob, sensor, after, limit)).map((one) => one.position);
      assert.deepEqual(
        [await page(0, 2), await page(2, 2), await page(4, 2), await page(5, 2)],
        [[1, 2], [3, 4], [5], []],
      );
    });

    it("loses the entries that are settled, one by one, and nobody else's", async () => {
      const at = tenant();
      const one = { publication: publication(at), sessions: [toBob(at), toBob(at, { device: phone })] };
      await enqueue(use(), one, one, one);

      const settle = { user: at.bob, device: sensor, position: 2 };
      await use().commit(batch({ settles: [settle, settle, { ...settle, position: 99 }] }));

      assert.deepEqual(await positions(use(), at), [1, 3]);
      assert.equal((await use().queued(at.bob, phone, 0, 10)).length, 3);
      await use().commit(batch({ settles: [1, 2, 3].map((position) => ({ ...settle, device: phone, position })) }));
      assert.deepEqual(await positions(use(), at), [1, 3]);
      const [, third] = await use().queued(at.bob, sensor, 0, 10);
      assert.deepEqual(plain(third!.publication), plain(one.publication));
    });

    it("never gives a position twice, not even when it ran empty", async () => {
      const at = tenant();
      const one = { publication: publication(at), sessions: [toBob(at)] };

      await use().commit(
        batch({
          enqueues: [one, one],
          settles: [1, 2].map((position) => ({ user: at.bob, device: sensor, position })),
        }),
      );
      const empty = await positions(use(), at);
      const [next] = await enqueue(use(), one);

      assert.deepEqual(empty, []);
      assert.deepEqual(next, { outcome: "new", positions: [3] });
    });

    it("takes a publication under an origin id once, until that is released", async () => {
      const at = tenant();
      const originId = origin("q2:mqtt:sensor:8");
      const one = { publication: publication(at), sessions: [toBob(at)], originId };
      const first = await enqueue(use(), one, one, { ...one, sessions: [] });
      const bobs = await enqueue(use(), { ...one, publication: publication(at, { author: at.bob }) });

      const { enqueued } = await use().commit(
        batch({ releases: [{ author: at.alice, originId }], enqueues: [one, one] }),
      );

      const duplicate = { outcome: "duplicate", positions: [] };
      assert.deepEqual(first, [{ outcome: "new", positions: [1] }, duplicate, duplicate]);
      assert.deepEqual(bobs, [{ outcome: "new", positions: [2] }]);
      assert.deepEqual(enqueued, [{ outcome: "new", positions: [3] }, duplicate]);
    });

    it("and a log keep their origin ids apart", async () => {
      const at = tenant();
      const originId = origin("q2:8");
      await append(use(), draft(at, { originId, originReleased: true }));

      const [enqueued] = await enqueue(use(), { publication: publication(at), sessions: [toBob(at)], originId });

      assert.equal(enqueued!.outcome, "new");
    });

    it("takes 10,000 sessions of one publication", async () => {
      const at = tenant();
      const sessions = Array.from({ length: 10_000 }, (_, n) => toBob(at, { device: `mqtt:${n}` as never }));

      const [enqueued] = await enqueue(use(), { publication: publication(at), sessions });

      assert.deepEqual(new Set(enqueued!.positions), new Set([1]));
      assert.equal(enqueued!.positions.length, 10_000);
      assert.equal((await use().queued(at.bob, "mqtt:9999" as never, 0, 10)).length, 1);
    });
  });

  describe("what nobody gets any more", () => {
    it("is dropped: retained when it has expired, queued some time later, and never what is still owed", async () => {
      const at = tenant();
      const now = Number(at.host.replace(/\D/g, "").slice(-9)) + 1; // all tests share the store
      const pins = [
        publication(at, { topic: "old", expiresAt: now }),
        publication(at, { topic: "young", expiresAt: now + 10_000_000_000 }),
        publication(at, { topic: "for good" }),
      ].map((one) => ({ publication: one }));
      await use().commit(batch({ pins }));
      const bob = [toBob(at), toBob(at, { device: phone })];
      await enqueue(
        use(),
        { publication: publication(at, { expiresAt: now - 1 }), sessions: bob },
        { publication: publication(at, { expiresAt: now }), sessions: [toBob(at)] },
        { publication: publication(at), sessions: [toBob(at)] },
      );

      const dropped = await use().dropExpired(now, now - 1, 1000);

      assert.ok(dropped.retained >= 1 && dropped.queued >= 2);
      const left = (await all(use().retained())).filter((one) => one.host === at.host).map((one) => one.topic);
      assert.deepEqual(left.sort(), ["for good", "young"]);
      assert.deepEqual(await positions(use(), at), [2, 3]);
      assert.deepEqual(await use().queued(at.bob, phone, 0, 9), []);
    });

    it("is dropped, too, when it is owed to a shared subscription by a device that is forgotten", async () => {
      const at = tenant();
      const share = "$share/g/#";
      const shared = toBob(at, { share });
      const kept = toBob(at, { share, device: phone });
      await use().putDevice(record(at, { device: phone }));
      const now = 1_600_000_000_000;
      await enqueue(
        use(),
        { publication: publication(at, { at: now - 1 }), sessions: [shared] },
        { publication: publication(at, { at: now - 1 }), sessions: [kept] },
        { publication: publication(at, { at: now + 1 }), sessions: [shared] },
      );

      await use().dropExpired(now, now, 1000);

      assert.deepEqual(await positions(use(), at), [2]);
      assert.equal((await use().queued(at.bob, phone, 0, 9)).length, 1);
    });
  });

  describe("a retained message", () => {
    const retained = async (at: Tenant) => (await all(use().retained())).filter((one) => one.host === at.host);

    it("is the last of its topic and tenant", async () => {
      const at = tenant();
      const pins = ["a", "b", "a"].map((topic, n) => ({
        publication: publication(at, { topic, retain: true, payload: Buffer.from(String(n)), memo: [] }),
      }));
      const elsewhere = tenant();

      await use().commit(batch({ pins }));
      await use().commit(batch({ pins: [{ publication: publication(elsewhere, { topic: "a" }) }] }));

      const found = await retained(at);
      assert.deepEqual(found.map((one) => `${one.topic} ${Buffer.from(one.payload).toString()}`).sort(), [
        "a 2",
        "b 1",
      ]);
      const { memo: _, ...last } = pins[2]!.publication;
      assert.deepEqual(plain(found.find((one) => one.topic === "a")), plain(last));
    });

    it("is deleted by an empty payload [MQTT-3.3.1-6]", async () => {
      const at = tenant();
      const publications = [publication(at, { topic: "a" }), publication(at, { topic: "b" })];
      await use().commit(batch({ pins: publications.map((one) => ({ publication: one })) }));

      const empty = { ...publications[0]!, payload: Buffer.alloc(0) };
      await use().commit(batch({ pins: [{ publication: empty }] }));

      assert.deepEqual(
        (await retained(at)).map((one) => one.topic),
        ["b"],
      );
    });

    it("is listed with all others, over many pages", async () => {
      const at = tenant();
      const pins = Array.from({ length: 1234 }, (_, n) => ({ publication: publication(at, { topic: `many/${n}` }) }));
      await use().commit(batch({ pins }));

      assert.equal(new Set((await retained(at)).map((one) => one.topic)).size, 1234);
    });
  });
}
