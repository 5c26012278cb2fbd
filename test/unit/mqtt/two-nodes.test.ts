import assert from "node:assert/strict";
import { createExchange, createMemoryBus, createMemoryStore, startCore } from "#testing";
import { createMqtt } from "../../../protocols/mqtt/index.ts";
import { code } from "./asking.ts";
import { TestClient, turn } from "./harness.ts";

describe("MQTT on two nodes", () => {
  it("reaches subscribers of the other node, and claims nobody's absence there", async () => {
    const store = createMemoryStore();
    const exchange = createExchange();
    await using one = await startCore(["alice", "bob"], { store, bus: createMemoryBus(exchange) });
    await using other = await startCore([], { store, bus: createMemoryBus(exchange) });
    const [here, there] = [createMqtt(one), createMqtt(other)];
    const [alice, bob] = [new TestClient(here, 5, {}), new TestClient(there, 5, {})];
    await alice.connect("alice");
    await bob.connect("bob");
    await bob.subscribe("a/+");
    await turn();

    const answer = await code(alice, "a/b", "across");

    assert.equal(answer, 0);
    assert.equal((await bob.message()).payload.toString(), "across");
    await Promise.all([here.drain(1000), there.drain(1000)]);
  });
});
