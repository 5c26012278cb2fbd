import assert from "node:assert/strict";
import type { DeviceId } from "../../model/ids.ts";
import type { Store, TopicSubscription } from "../../store/store.ts";
import { all, append, batch, draft, origin, plain, publication, record, seqs, sensor, tenant } from "./builders.ts";

const subscription: TopicSubscription = {
  filter: "plant/+/#",
  qos: 1,
  noLocal: true,
  retainAsPublished: false,
  retainHandling: 2,
  id: 5,
};

export function deviceTests(use: () => Store): void {
  describe("a device", () => {
    it("is remembered as it was put, and replaced by the next", async () => {
      const at = tenant();
      const first = record(at, { state: '{"a":"ü"}', subscriptions: [subscription], expiresAt: 99 });
      await use().putDevice(first);
      const found = await use().device(at.bob, sensor);

      await use().putDevice(record(at, { detachedAt: 7 }));

      assert.deepEqual(plain(found), plain(first));
      assert.deepEqual(plain(await use().device(at.bob, sensor)), plain(record(at, { detachedAt: 7 })));
      assert.equal(await use().device(at.alice, sensor), undefined);
      assert.equal(await use().device(at.bob, "mqtt:other" as DeviceId), undefined);
    });

    it("keeps its queue and its cursors when its record is replaced", async () => {
      const at = tenant();
      await use().putDevice(record(at));
      const owed = {
        publication: publication(at),
        sessions: [{ user: at.bob, device: sensor, qos: 1, retain: false }],
      };
      const cursor = { user: at.bob, device: sensor, conversation: at.direct, seq: 3 };
      await use().commit(batch({ enqueues: [owed as never], advances: [cursor] }));

      await use().putDevice(record(at, { attachedAt: 2 }));

      assert.equal((await use().queued(at.bob, sensor, 0, 9)).length, 1);
      assert.equal(await use().cursor(at.bob, sensor, at.direct), 3);
    });

    it("is forgotten with its queue, cursors and unreleased origin ids, and no other device's", async () => {
      const at = tenant();
      const longer = `${sensor}:8` as DeviceId; // its name begins with the other's
      for (const device of [sensor, longer]) {
        await use().putDevice(record(at, { device }));
        await use().commit(
          batch({
            appends: [
              draft(at, { author: at.bob, device, originId: origin(`q2:${device}:1`), originReleased: true }),
              draft(at, { author: at.bob, device, originId: origin(`o:${device}`) }),
            ],
            enqueues: [
              {
                publication: publication(at, { author: at.bob, device }),
                sessions: [{ user: at.bob, device, qos: 1, retain: false }],
                originId: origin(`q2:${device}:2`),
              },
            ],
            advances: [{ user: at.bob, device, conversation: at.direct, seq: 1 }],
          }),
        );
      }

      await use().removeDevice(at.bob, sensor);

      const left = async (device: DeviceId) => {
        const { appended, enqueued } = await use().commit(
          batch({
            appends: [
              draft(at, { author: at.bob, device, originId: origin(`q2:${device}:1`), originReleased: true }),
              draft(at, { author: at.bob, device, originId: origin(`o:${device}`) }),
            ],
            enqueues: [
              {
                publication: publication(at, { author: at.bob, device }),
                sessions: [],
                originId: origin(`q2:${device}:2`),
              },
            ],
          }),
        );
        return [
          (await use().device(at.bob, device)) !== undefined,
          (await use().queued(at.bob, device, 0, 9)).length,
          await use().cursor(at.bob, device, at.direct),
          ...appended.map((one) => one.outcome),
          ...enqueued.map((one) => one.outcome),
        ];
      };
      assert.deepEqual(await left(sensor), [false, 0, 0, "new", "duplicate", "new"]);
      assert.deepEqual(await left(longer), [true, 1, 1, "duplicate", "duplicate", "duplicate"]);
    });

    it("that is unknown can be forgotten", async () => {
      await use().removeDevice(tenant().bob, sensor);
    });

    it("that has subscriptions is among the subscribers, over many pages", async () => {
      const at = tenant();
      const devices = Array.from({ length: 1234 }, (_, n) => `mqtt:${n}` as DeviceId);
      await Promise.all(
        devices.map((device, n) =>
          use().putDevice(record(at, { device, subscriptions: n % 2 === 0 ? [subscription] : [] })),
        ),
      );

      const found = (await all(use().subscribers())).filter((one) => one.user === at.bob);

      assert.equal(found.length, 617);
      assert.deepEqual(new Set(found.map((one) => one.device)), new Set(devices.filter((_, n) => n % 2 === 0)));
      assert.deepEqual(found[0]!.subscriptions, [subscription]);
    });

    it("is expired once its time has come", async () => {
      const at = tenant();
      // Times of this test's own: all tests share the store.
      const base = 4_000_000_000_000 - Number(at.host.replace(/\D/g, "").slice(0, 9)) * 1000;
      const put = (name: string, expiresAt?: number) =>
        use().putDevice(record(at, { device: name as DeviceId, expiresAt }));
      await put("mqtt:a", base + 1);
      await put("mqtt:b", base + 2);
      await put("mqtt:c", base + 3);
      await put("mqtt:never");

      const names = async (now: number, limit: number) =>
        (await use().expired(now, limit)).filter((one) => one.user === at.bob).map((one) => one.device);

      assert.deepEqual([...(await names(base + 2, 10_000))].sort(), ["mqtt:a", "mqtt:b"]);
      assert.deepEqual(await names(base, 10_000), []);
      assert.equal((await use().expired(base + 3, 1)).length, 1);
    });

    it("of an author is no matter for messages: seq goes on", async () => {
      const at = tenant();
      await append(use(), draft(at, { device: sensor }));
      await use().removeDevice(at.alice, sensor);

      assert.deepEqual(seqs(await append(use(), draft(at, { device: sensor }))), [2]);
      assert.equal((await use().read(at.direct, 0, 1))[0]!.device, sensor);
    });
  });
}
