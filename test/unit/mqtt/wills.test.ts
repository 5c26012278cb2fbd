import assert from "node:assert/strict";
import type { IConnectPacket, IPublishPacket } from "mqtt-packet";
import { createExchange, createMemoryBus, createMemoryStore, startCore } from "#testing";
import { createMqtt } from "../../../protocols/mqtt/index.ts";
import { TestClient, TestClock, turn, World } from "./harness.ts";

const lasting: Partial<IConnectPacket> = { clean: false, properties: { sessionExpiryInterval: 3600 } };

function will(properties = {}, more = {}): Partial<IConnectPacket> {
  return { will: { topic: "dead/alice", payload: Buffer.from("gone"), qos: 1, retain: false, properties, ...more } };
}

const text = ({ payload }: IPublishPacket): string => payload.toString();

describe("MQTT wills, when the server is killed,", () => {
  let world: World;
  let clock: TestClock;
  beforeEach(async () => {
    clock = new TestClock();
    world = await World.start({}, { clock });
  });
  afterEach(() => world[Symbol.asyncDispose]());

  /** Somebody whose durable session collects wills. */
  async function watching(): Promise<void> {
    const bob = await world.connect("bob", lasting);
    await bob.subscribe("dead/+", "chat/dm/alice");
    bob.packet({ cmd: "disconnect", reasonCode: 0 });
    await turn(10);
  }

  async function collected(): Promise<string[]> {
    const bob = await world.connect("bob", lasting);
    await turn(20);
    return bob.inbox.splice(0).flatMap((packet) => (packet.cmd === "publish" ? [text(packet)] : []));
  }

  it("are published after the restart: the server's failure has closed their connections (§3.1.2.5)", async () => {
    await watching();
    for (const [name, options] of [
      ["alice", {}],
      ["carol", lasting],
    ] as const)
      await world.connect(name, { ...options, ...will({}, { payload: Buffer.from(name) }) });
    (await world.connect("alice", { clientId: "polite", ...will() })).packet({ cmd: "disconnect", reasonCode: 0 });
    await turn(10);

    world = await world.killed(clock);

    assert.deepEqual((await collected()).sort(), ["alice", "carol"]);
    world = await world.killed(clock);
    assert.deepEqual((await collected()).sort(), ["alice", "carol"], "redelivered, and not said again");
  });

  it("wait for their delay from then on, or for the session's end, if that is sooner", async () => {
    await watching();
    await world.connect("alice", { ...lasting, ...will({ willDelayInterval: 60 }) });
    const brief = { clean: true, properties: { sessionExpiryInterval: 20 } };
    await world.connect("carol", { ...brief, ...will({ willDelayInterval: 60 }, { payload: Buffer.from("brief") }) });

    world = await world.killed(clock);
    await clock.advance(19_000);
    assert.deepEqual(await collected(), []);
    await clock.advance(3_000);
    assert.deepEqual(await collected(), ["brief"]);
    await clock.advance(40_000);

    assert.deepEqual((await collected()).slice(-1), ["gone"]);
  });

  it("go on waiting for a delay that had begun, and are said once it is over", async () => {
    await watching();
    (await world.connect("alice", { ...lasting, ...will({ willDelayInterval: 60 }) })).cut();
    await turn(10);
    await clock.advance(50_000);

    world = await world.killed(clock);
    assert.deepEqual(await collected(), []);
    await clock.advance(12_000);

    assert.deepEqual(await collected(), ["gone"]);
  });

  it("are void when the session is resumed within the delay [MQTT-3.1.3-9]", async () => {
    await watching();
    await world.connect("alice", { ...lasting, ...will({ willDelayInterval: 60 }) });

    world = await world.killed(clock);
    await clock.advance(30_000);
    await world.connect("alice", lasting);
    await clock.advance(100_000);

    assert.deepEqual(await collected(), []);
  });

  it("keep their QoS, RETAIN, properties and the time they may live", async () => {
    const properties = { messageExpiryInterval: 100, contentType: "text/x", userProperties: { a: "b" } };
    await world.connect("alice", will(properties, { retain: true, payload: Buffer.from([0, 255]) }));

    world = await world.killed(clock);
    await turn(10);
    await clock.advance(30_000);
    const bob = await world.connect("bob");
    await bob.subscribe("dead/+");

    const { payload, qos, retain, properties: got } = await bob.message();
    assert.deepEqual([[...payload], qos, retain], [[0, 255], 1, true]);
    assert.deepEqual(
      [got?.messageExpiryInterval, got?.contentType, { ...got?.userProperties }],
      [70, "text/x", { a: "b" }],
    );
  });

  it("to a conversation are messages in it", async () => {
    await watching();
    await world.connect("alice", {
      will: { topic: "chat/dm/bob", payload: Buffer.from("I fell"), qos: 1, retain: false },
    });

    world = await world.killed(clock);

    const [event] = await collected();
    assert.equal((JSON.parse(event!) as { body: string }).body, "I fell");
  });
});

describe("MQTT wills on two nodes", () => {
  async function nodes() {
    const clock = new TestClock();
    const store = createMemoryStore();
    const exchange = createExchange();
    const one = await startCore(["alice", "bob"], { store, clock, bus: createMemoryBus(exchange) });
    const two = await startCore([], { store, clock, bus: createMemoryBus(exchange) });
    const [frontOne, frontTwo] = [createMqtt(one), createMqtt(two)];
    const bob = new TestClient(frontTwo, 5, {});
    await bob.connect("bob");
    await bob.subscribe("dead/+");
    await turn();
    return { clock, one, two, frontOne, frontTwo, bob };
  }

  it("are said once by the other node when theirs gives no sign of life", async () => {
    const { clock, one, two, frontTwo, frontOne, bob } = await nodes();
    await new TestClient(frontOne, 5, {}).connect("alice", will());

    await one[Symbol.asyncDispose](); // it says nothing more: neither will nor sign of life
    await clock.advance(15_000);
    assert.equal(bob.inbox.length, 0);
    await clock.advance(15_000);

    assert.equal(text(await bob.message()), "gone");
    await clock.advance(60_000);
    assert.equal(bob.inbox.length, 0);
    await frontTwo.drain(10);
    await frontOne.drain(10);
    await two[Symbol.asyncDispose]();
  });

  it("are said once when the device turns up on the other node, and void if they had to wait", async () => {
    for (const [delay, expected] of [
      [0, ["gone"]],
      [30, []],
    ] as const) {
      const { clock, one, two, frontOne, frontTwo, bob } = await nodes();
      await new TestClient(frontOne, 5, {}).connect("alice", { ...lasting, ...will({ willDelayInterval: delay }) });

      const moved = new TestClient(frontTwo, 5, {});
      await moved.connect("alice", lasting);
      await turn(20);
      await clock.advance(60_000);

      const said = bob.inbox.flatMap((packet) => (packet.cmd === "publish" ? [text(packet)] : []));
      assert.deepEqual(said, expected, `delay ${delay}`);
      assert.equal(moved.connack!.sessionPresent, true);
      for (const front of [frontOne, frontTwo]) await front.drain(10);
      for (const core of [one, two]) await core[Symbol.asyncDispose]();
    }
  });
});
