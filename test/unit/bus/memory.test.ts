import assert from "node:assert/strict";
import type { NodeId } from "../../../src/model/ids.ts";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange, type Fate } from "../../../src/bus/memory/exchange.ts";
import { type Heard, note, numbered, started } from "../../../src/testing/heard.ts";
import { until } from "../../../src/testing/until.ts";

describe("memory bus", () => {
  it("does not look at the event when there is no other node", async () => {
    const lone = createMemoryBus();
    await started(lone);
    await lone.watch("room:r@h");
    const untouchable = new Proxy(note("x"), {
      get: () => assert.fail("looked"),
      ownKeys: () => assert.fail("copied"),
    });

    lone.announce(["room:r@h"], untouchable);

    assert.deepEqual(lone.nodes(), []);
    await lone.ping();
  });

  it("hears nothing within the call that announces", async () => {
    const { a, b } = await pair();

    a.bus.announce(["k"], note("1"));

    assert.deepEqual(b.names(), []);
    await until(() => b.events.length === 1);
  });

  it("drops, doubles and delays as told, and never reorders one sender", async () => {
    const fates: readonly Fate[] = ["deliver", 30, "twice", "drop", "deliver", 10];
    const { exchange, a, b } = await pair();
    let next = 0;
    exchange.trouble(() => fates[next++]!);

    for (const name of numbered(6)) a.bus.announce(["k"], note(name));

    await until(() => b.names().includes("5"));
    assert.deepEqual(b.names(), ["0", "1", "2", "2", "4", "5"]);
  });

  it("drops what waits and tells of a gap, when more waits for a node than the bound", async () => {
    const { exchange, a, b } = await pair();
    exchange.trouble(() => 60_000);

    for (let n = 0; n < 65_537; n++) a.bus.announce(["k"], note("n"));

    assert.equal(b.gaps, 1);
  });

  it("brings nothing that was under way when the node left", async () => {
    const { a, b } = await pair();

    a.bus.announce(["k"], note("1"));
    await b.bus[Symbol.asyncDispose]();

    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    assert.deepEqual(b.names(), []);
  });

  it("refuses a second node of the same name", async () => {
    const exchange = createExchange();
    await started(createMemoryBus(exchange, "n" as NodeId));

    await assert.rejects(started(createMemoryBus(exchange, "n" as NodeId)), /joined already/);
  });
});

async function pair(): Promise<{ exchange: ReturnType<typeof createExchange>; a: Heard; b: Heard }> {
  const exchange = createExchange();
  const a = await started(createMemoryBus(exchange));
  const b = await started(createMemoryBus(exchange));
  await b.bus.watch("k");
  return { exchange, a, b };
}
