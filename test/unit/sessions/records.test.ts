import assert from "node:assert/strict";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange } from "../../../src/bus/memory/exchange.ts";
import type { DeviceId } from "../../../src/model/ids.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import type { Store } from "../../../src/store/store.ts";
import { startCore } from "../../../src/testing/core.ts";
import { TestClock } from "../mqtt/harness.ts";
import { alice, attach } from "../routing/two-nodes.ts";

const device = "d" as DeviceId;

describe("the record of a device", () => {
  it("is not written for one that starts afresh, is not remembered, and left nothing", async () => {
    const { store, writes } = counted();
    await using core = await startCore(["alice"], { store });
    writes.length = 0;

    const session = await attach(core, alice, "d", { rememberMs: 0, fresh: true });
    await core.sessions.detach(session, false);

    assert.deepEqual(writes, []);
  });

  it("goes when its device starts afresh, and so does what is left of one without a record", async () => {
    const { store, writes } = counted();
    await using core = await startCore(["alice"], { store });
    await core.sessions.detach(await attach(core, alice, "d"), true);
    const cursor = { user: alice, device: "e" as DeviceId, conversation: "room:x@localhost" as never, seq: 1 };
    await store.commit({
      ...{ releases: [], appends: [], enqueues: [], marks: [], settles: [], pins: [] },
      advances: [cursor],
    });
    writes.length = 0;

    await attach(core, alice, "d", { rememberMs: 0, fresh: true });
    await attach(core, alice, "e", { rememberMs: 0, fresh: true });

    assert.deepEqual(writes, ["removeDevice", "removeDevice"]);
    assert.equal(await store.device(alice, device), undefined);
    assert.equal(await store.knows(alice, "e" as DeviceId), false);
  });

  it("is kept by every node while the device is attached to one of them, and expires once it has gone", async () => {
    const [clock, store, exchange] = [new TestClock(), createMemoryStore(), createExchange()];
    await using one = await startCore(["alice"], { store, clock, bus: createMemoryBus(exchange) });
    await using other = await startCore([], { store, clock, bus: createMemoryBus(exchange) });
    const session = await attach(one, alice, "d", { rememberMs: 60_000, durable: true });

    await clock.advance(3 * 3600_000);
    assert.notEqual(await store.device(alice, device), undefined);
    await one.sessions.detach(session, true);
    await clock.advance(50_000);
    assert.notEqual(await store.device(alice, device), undefined);
    await clock.advance(60_000);

    assert.equal(await store.device(alice, device), undefined);
    assert.equal(other.sessions.of(alice).length, 0);
  });

  it("of a killed server expires, counted from when the device was last known to be attached", async () => {
    const [clock, store] = [new TestClock(), createMemoryStore()];
    const killed = await startCore(["alice"], { store, clock });
    await attach(killed, alice, "d", { rememberMs: 60_000 });
    await clock.advance(3600_000);
    clock.stop();

    await using core = await startCore([], { store, clock });
    await clock.advance(60_000);
    assert.notEqual(await store.device(alice, device), undefined);
    await clock.advance(31 * 60_000);

    assert.equal(await store.device(alice, device), undefined);
    assert.equal(core.sessions.of(alice).length, 0);
  });

  it("belongs to the node the device attached to last, whatever the other still writes", async () => {
    const [store, exchange] = [createMemoryStore(), createExchange()];
    const deaf = { ...createMemoryBus(exchange), announce: () => undefined };
    await using one = await startCore(["alice"], { store, bus: createMemoryBus(exchange) });
    await using other = await startCore([], { store, bus: deaf });
    const before = await attach(one, alice, "d", { state: "old" });
    await attach(other, alice, "d", { state: "new" });

    await one.sessions.detach(before, true);
    await one.sessions.detach(await attach(one, alice, "e"), false);

    const record = await store.device(alice, device);
    assert.deepEqual([record!.state, record!.detachedAt], ["new", 0]);
  });
});

/** A store that notes what is written to it besides commits and signs of life. */
function counted(): { readonly store: Store; readonly writes: string[] } {
  const writes: string[] = [];
  const store = createMemoryStore();
  const noted: Store = {
    ...store,
    putDevice: (record) => (writes.push("putDevice"), store.putDevice(record)),
    removeDevice: (...device) => (writes.push("removeDevice"), store.removeDevice(...device)),
  };
  return { store: noted, writes };
}
