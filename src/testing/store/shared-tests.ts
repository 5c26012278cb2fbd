import assert from "node:assert/strict";
import type { DeviceId } from "../../model/ids.ts";
import type { QueueTarget, Store } from "../../store/store.ts";
import { batch, phone, plain, publication, sensor, tenant, type Tenant } from "./builders.ts";

const share = "$share/workers/plant/#";

function to(at: Tenant, device: DeviceId, over: Partial<QueueTarget> = {}): QueueTarget {
  return { user: at.bob, device, qos: 1, retain: false, share, ...over };
}

async function owe(store: Store, at: Tenant, topic: string, ...sessions: readonly QueueTarget[]): Promise<void> {
  await store.commit(batch({ enqueues: [{ publication: publication(at, { topic }), sessions }] }));
}

async function topics(store: Store, at: Tenant, device: DeviceId): Promise<string[]> {
  const entries = await store.queued(at.bob, device, 0, 100);
  return entries.map((entry) => `${entry.position} ${entry.publication.topic}`);
}

export function sharedTests(use: () => Store): void {
  describe("an entry of a shared subscription", () => {
    it("is found in whatever queue it is, oldest first, in pages, and in its tenant alone", async () => {
      const [at, elsewhere] = [tenant(), tenant()];
      await owe(use(), at, "1", to(at, sensor));
      await owe(
        use(),
        at,
        "2",
        to(at, phone, { share: "$share/others/plant/#" }),
        to(at, sensor, { share: undefined }),
      );
      await owe(use(), at, "3", to(at, phone, { qos: 2, retain: true, subscriptionIds: [4] }));
      await owe(use(), elsewhere, "4", to(elsewhere, sensor));

      const first = await use().shared(at.host, share, 0, 1);
      const rest = await use().shared(at.host, share, first[0]!.order, 9);

      const seen = [...first, ...rest].map(({ order: _, publication, ...entry }) => ({
        topic: publication.topic,
        ...entry,
      }));
      assert.deepEqual(plain(seen), [
        plain({ topic: "1", user: at.bob, device: sensor, position: 1, qos: 1, retain: false, share }),
        plain({
          topic: "3",
          user: at.bob,
          device: phone,
          position: 2,
          qos: 2,
          retain: true,
          subscriptionIds: [4],
          share,
        }),
      ]);
    });

    it("goes to the end of another queue under that session's terms, and is there once", async () => {
      const at = tenant();
      for (const topic of ["1", "2", "3"]) await owe(use(), at, topic, to(at, sensor));
      await owe(use(), at, "own", to(at, phone, { share: undefined }));
      const from = (position: number) => ({ user: at.bob, device: sensor, position });
      const there = to(at, phone, { qos: 2, subscriptionIds: [9] });

      const moved = await use().handOver([
        { from: from(1), to: there },
        { from: from(3), to: there },
        { from: from(7), to: there },
      ]);
      const again = await use().handOver([{ from: from(1), to: there }]);
      await owe(use(), at, "next", to(at, phone));

      assert.deepEqual([moved, again], [[2, 3, undefined], [undefined]]);
      assert.deepEqual(await topics(use(), at, sensor), ["2 2"]);
      assert.deepEqual(await topics(use(), at, phone), ["1 own", "2 1", "3 3", "4 next"]);
      const [, entry] = await use().queued(at.bob, phone, 0, 9);
      assert.deepEqual([entry!.qos, entry!.subscriptionIds, entry!.share], [2, [9], share]);
    });

    it("goes to the end of its own queue, too", async () => {
      const at = tenant();
      for (const topic of ["1", "2"]) await owe(use(), at, topic, to(at, sensor));

      await use().handOver([{ from: { user: at.bob, device: sensor, position: 1 }, to: to(at, sensor) }]);

      assert.deepEqual(await topics(use(), at, sensor), ["2 2", "3 1"]);
    });

    it("stays with its session for good once it is that session's own", async () => {
      const at = tenant();
      await owe(use(), at, "1", to(at, sensor));
      const from = { user: at.bob, device: sensor, position: 1 };

      await use().handOver([{ from }]);
      const moved = await use().handOver([{ from, to: to(at, phone) }]);

      assert.deepEqual(moved, [undefined]);
      assert.deepEqual(await topics(use(), at, sensor), ["1 1"]);
      assert.deepEqual(await use().shared(at.host, share, 0, 9), []);
    });

    it("outlives the device in whose queue it is, and its position is not given again", async () => {
      const at = tenant();
      await owe(use(), at, "1", to(at, sensor));
      await owe(use(), at, "own", to(at, sensor, { share: undefined }));
      await use().removeDevice(at.bob, sensor);
      await owe(use(), at, "3", to(at, sensor));

      const [first, second] = await use().shared(at.host, share, 0, 9);
      const moved = await use().handOver([{ from: first!, to: to(at, phone) }]);

      assert.deepEqual([first!.position, second!.publication.topic, moved], [1, "3", [1]]);
      assert.deepEqual(await topics(use(), at, sensor), [`${second!.position} 3`]);
      assert.ok(second!.position > 1);
    });

    it("is not taken for the one that its device, which was forgotten since, got after it", async () => {
      const at = tenant();
      await owe(use(), at, "1", to(at, sensor));
      const [first] = await use().shared(at.host, share, 0, 9);
      await use().handOver([{ from: first!, to: to(at, phone) }]);
      await use().removeDevice(at.bob, sensor);
      const known = await use().knows(at.bob, sensor);
      await owe(use(), at, "2", to(at, sensor));

      const moved = await use().handOver([{ from: first!, to: to(at, phone) }]);
      await use().commit(batch({ settles: [{ user: at.bob, device: sensor, position: first!.position }] }));

      assert.deepEqual([known, moved], [false, [undefined]]);
      assert.deepEqual(await topics(use(), at, sensor), ["2 2"]);
    });

    it("is forgotten when it is settled where it went, and its body with it", async () => {
      const at = tenant();
      await owe(use(), at, "1", to(at, sensor), to(at, "mqtt:other" as DeviceId, { share: undefined }));
      await use().handOver([{ from: { user: at.bob, device: sensor, position: 1 }, to: to(at, phone) }]);

      await use().commit(batch({ settles: [{ user: at.bob, device: phone, position: 1 }] }));
      await use().removeDevice(at.bob, sensor);

      assert.deepEqual(await topics(use(), at, phone), []);
      assert.deepEqual(await topics(use(), at, "mqtt:other" as DeviceId), ["1 1"]);
    });
  });
}
