import assert from "node:assert/strict";
import type { DeviceId, NodeId } from "../../model/ids.ts";
import type { Store } from "../../store/store.ts";
import { batch, origin, plain, publication, record, sensor, tenant } from "./builders.ts";

const node = (name: string) => name as NodeId;
let times = 5_000_000_000_000;

export function willTests(use: () => Store): void {
  describe("the record of a device", () => {
    it("is not replaced by what an earlier attachment says of it, nor removed for it", async () => {
      const at = tenant();
      await use().putDevice(record(at, { attachedAt: 8, state: "later" }));

      await use().putDevice(record(at, { attachedAt: 7, detachedAt: 9, state: "earlier" }));
      const kept = await use().removeDevice(at.bob, sensor, 7);

      assert.equal(kept, false);
      assert.equal((await use().device(at.bob, sensor))!.state, "later");
      assert.equal(await use().removeDevice(at.bob, sensor, 8), true);
      assert.equal(await use().device(at.bob, sensor), undefined);
      assert.equal(await use().removeDevice(at.bob, sensor), false);
    });

    it("is one of the traces by which a device is known, as are its queue, cursors and origin ids", async () => {
      const at = tenant();
      const device = (n: number) => `mqtt:${n}` as DeviceId;
      const owed = (n: number) => ({ user: at.bob, device: device(n), qos: 1 as const, retain: false });
      await use().putDevice(record(at, { device: device(0) }));
      await use().commit(
        batch({
          enqueues: [
            { publication: publication(at), sessions: [owed(1)] },
            {
              publication: publication(at, { author: at.bob, device: device(3) }),
              sessions: [],
              originId: origin("q"),
            },
          ],
          advances: [{ user: at.bob, device: device(2), conversation: at.direct, seq: 1 }],
        }),
      );
      const known = () => Promise.all([0, 1, 2, 3, 4].map((n) => use().knows(at.bob, device(n))));
      const before = await known();

      for (const n of [0, 1, 2, 3]) await use().removeDevice(at.bob, device(n));

      assert.deepEqual(before, [true, true, true, true, false]);
      assert.deepEqual(await known(), [false, false, false, false, false]);
      assert.equal(await use().knows(at.alice, device(0)), false);
    });

    it("is renewed for the attachment it is of", async () => {
      const at = tenant();
      const other = "mqtt:other" as DeviceId;
      await use().putDevice(record(at, { attachedAt: 8, expiresAt: 10 }));
      await use().putDevice(record(at, { device: other, attachedAt: 8, expiresAt: 10 }));

      await use().renew([
        { user: at.bob, device: sensor, attachedAt: 8, expiresAt: 99 },
        { user: at.bob, device: other, attachedAt: 7, expiresAt: 99 },
      ]);

      assert.equal((await use().device(at.bob, sensor))!.expiresAt, 99);
      assert.equal((await use().device(at.bob, other))!.expiresAt, 10);
    });
  });

  describe("a will", () => {
    it("is kept with its device, and taken once", async () => {
      const at = tenant();
      const put = record(at, { attachedAt: 3, will: '{"say":"gone ü"}', willAt: 77, node: node("n1") });
      await use().putDevice(put);
      const found = await use().device(at.bob, sensor);

      const early = await use().takeWill(at.bob, sensor, 2);
      const taken = await Promise.all([1, 2, 3].map(() => use().takeWill(at.bob, sensor, 3)));

      assert.deepEqual(plain(found), plain(put));
      assert.equal(early, false);
      assert.deepEqual(taken.sort(), [false, false, true]);
      const { will: _, willAt: __, ...rest } = put;
      assert.deepEqual(plain(await use().device(at.bob, sensor)), plain(rest));
    });

    it("is found when it is due, and keeps its device from expiring", async () => {
      const at = tenant();
      const base = (times += 1000);
      for (const [name, willAt] of [
        ["mqtt:b", base + 2],
        ["mqtt:a", base + 1],
        ["mqtt:c", base + 3],
        ["mqtt:open", undefined],
      ] as const)
        await use().putDevice(record(at, { device: name as DeviceId, will: "{}", willAt, expiresAt: 5 }));

      const due = (await use().dueWills(base + 2, 10_000)).filter((one) => one.user === at.bob);
      const expired = (await use().expired(base + 9, 100_000)).filter((one) => one.user === at.bob);

      assert.deepEqual(
        due.map((one) => one.device),
        ["mqtt:a", "mqtt:b"],
      );
      assert.deepEqual(expired, []);
    });

    it("is an orphan when its node is silent, or was started anew", async () => {
      const at = tenant();
      const [living, silent, mine, never] = ["l", "s", "m", "x"].map((name) => node(`${name}-${at.host}`)) as [
        NodeId,
        NodeId,
        NodeId,
        NodeId,
      ];
      await use().seen(living, 500);
      await use().seen(silent, 100);
      await use().seen(silent, 200);
      await use().seen(mine, 500);
      const put = (name: string, over: object) =>
        use().putDevice(record(at, { device: name as DeviceId, will: "{}", attachedAt: 50, ...over }));
      await put("living", { node: living });
      await put("silent", { node: silent });
      await put("never", { node: never });
      await put("before", { node: mine, attachedAt: 40 });
      await put("now", { node: mine, attachedAt: 60 });
      await put("due", { node: silent, willAt: 9_000_000_000_000 });
      await put("without", { node: silent, will: undefined });

      const found = await use().orphans({ silentSince: 300, node: mine, startedAt: 55 }, 100_000);

      const names = found.filter((one) => one.user === at.bob).map((one) => one.device as string);
      assert.deepEqual(names.sort(), ["before", "never", "silent"]);
    });
  });
}
