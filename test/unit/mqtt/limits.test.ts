import assert from "node:assert/strict";
import type { IDisconnectPacket, IPubackPacket, ISubscribePacket } from "mqtt-packet";
import type { CoreOptions } from "../../../src/create-core.ts";
import { type Pace, paced } from "../../../src/net/paced-link.ts";
import { code, refusal } from "./asking.ts";
import { TestClient, TestClock, turn, World } from "./harness.ts";

describe("MQTT limits", () => {
  let world: World;
  afterEach(() => world[Symbol.asyncDispose]());

  async function bounded(core: Partial<CoreOptions>, clock?: TestClock): Promise<void> {
    world = await World.start({}, { core, ...(clock && { clock }) });
  }

  it("on logins of one address: CONNACK 0x9F (3.1.1: 3), for others all is well (M18)", async () => {
    await bounded({ loginsPerSecond: 1 }, new TestClock());
    const from = (remote: string, version: 4 | 5 = 5) => world.open(version, { remote });
    for (let n = 0; n < 10; n++) await from("192.0.2.1").connect("alice", { clientId: `c${n}` });

    assert.equal(await refusal(from("192.0.2.1"), "alice"), 0x9f);
    assert.equal(await refusal(from("192.0.2.1", 4), "alice"), 3);
    await from("192.0.2.2").connect("alice");
    await from("127.0.0.1").connect("alice", { clientId: "local" });
    await world.clock!.advance(1000);

    await from("192.0.2.1").connect("alice", { clientId: "later" });
  });

  it("on messages a second: the socket is not read, every message arrives, and silence is forgiven (M18)", async () => {
    const clock = new TestClock();
    await bounded({}, clock);
    const client = keepingPace(world, clock, { messagesPerSecond: 10 });
    await client.connect("alice", { keepalive: 1 });
    await client.subscribe({ topic: "t", qos: 0 });

    for (let n = 0; n < 100; n++) client.publish("t", `${n}`);
    assert.equal(client.paused, true);
    for (let second = 0; second < 8; second++) await clock.advance(1000);
    assert.deepEqual([client.closed, client.paused], [false, true]);
    await clock.advance(1100);

    assert.equal(client.paused, false);
    const came = client.inbox.filter(({ cmd }) => cmd === "publish");
    assert.equal(came.length, 100);
    await clock.advance(3000);
    assert.equal(((await client.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x8d);
  });

  it("on messages and bytes a second, when they are to be refused: DISCONNECT 0x96 (3.1.1 closes) (M18)", async () => {
    const clock = new TestClock();
    await bounded({}, clock);
    for (const version of [5, 4] as const) {
      const chatty = keepingPace(world, clock, { messagesPerSecond: 3, beyond: "refuse" }, version);
      await chatty.connect("alice", { clientId: `chatty${version}` });
      for (let n = 0; n < 4; n++) chatty.publish("t", "x");
      if (version === 5) assert.equal(((await chatty.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x96);
      await chatty.end();
    }
    const heavy = keepingPace(world, clock, { bytesPerSecond: 1000, beyond: "refuse" });
    await heavy.connect("alice", { clientId: "heavy" });

    heavy.publish("t", Buffer.alloc(2000));

    assert.equal(((await heavy.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x96);
  });

  it("on subscriptions of a session: SUBACK 0x97 (3.1.1: 0x80), replacing one is none more (M17)", async () => {
    await bounded({ maxSubscriptions: 2 });
    const client = await world.connect("alice");
    const old = await world.connect("bob", { protocolVersion: 4 });

    assert.deepEqual(await client.subscribe("a", "b", "c", "a"), [1, 1, 0x97, 1]);
    assert.deepEqual(await old.subscribe("a", "b", "c"), [1, 1, 0x80]);
  });

  it("on retained messages: PUBACK 0x97, 3.1.1 is closed, and nothing is delivered either (M17)", async () => {
    await bounded({ retained: { messages: 1, bytes: 1000 } });
    const client = await world.connect("alice");
    await client.subscribe("#");
    assert.equal(await code(client, "one", "x", { retain: true }), 0);
    assert.equal(await code(client, "two", "x", { retain: true }), 0x97);
    assert.equal(await code(client, "one", "x".repeat(999), { retain: true }), 0x97);
    const old = await world.connect("bob", { protocolVersion: 4 });

    old.publish("three", "x", { qos: 1, messageId: 1, retain: true });
    await old.end();

    await turn();
    assert.equal(client.inbox.filter(({ cmd }) => cmd === "publish").length, 1);
  });

  it("on the queue of a session that is away: it is passed by, and the publisher and others are served (M17)", async () => {
    await bounded({ maxQueued: 5 });
    const away = { clientId: "away", clean: false, properties: { sessionExpiryInterval: 600 } };
    const bob = await world.connect("bob", away);
    await bob.subscribe("t");
    bob.cut();
    const client = await world.connect("alice");
    await client.subscribe("t");

    for (let n = 0; n < 9; n++) {
      assert.equal(await code(client, "t", `${n}`), 0);
      await turn();
    }

    assert.equal(client.inbox.filter(({ cmd }) => cmd === "publish").length, 9);
    const back = world.open();
    back.acking = true;
    await back.connect("bob", away);
    const owed = [];
    for (let n = 0; n < 5; n++) owed.push((await back.message()).payload.toString());
    assert.deepEqual(owed, ["0", "1", "2", "3", "4"]);
    await turn();
    assert.equal(back.inbox.length, 0);
  });

  it("on levels and bytes of topics: 0x90 for a message and a will, 0x8F for a filter", async () => {
    const deep = Array.from({ length: 201 }, () => "a").join("/");
    await bounded({});
    const client = await world.connect("alice");

    assert.equal(await code(client, deep, "x"), 0x90);
    assert.equal(await code(client, deep.slice(2), "x"), 0x10);
    assert.deepEqual(await client.subscribe(deep, deep.slice(2)), [0x8f, 1]);
    const will = { topic: deep, payload: Buffer.from("x"), qos: 1 as const, retain: false };
    assert.equal(await refusal(world.open(), "bob", { will }), 0x90);
    assert.equal(await refusal(world.open(4), "bob", { will }), 5);
  });

  it("on what is in flight: the client's Receive Maximum is ours to announce, 0x93 beyond it (M15)", async () => {
    world = await World.start({ receiveMaximum: 2, inFlight: 3 });
    const bob = await world.connect("bob");
    assert.equal(bob.connack!.properties!.receiveMaximum, 2);
    await bob.subscribe("t");
    const alice = await world.connect("alice");
    for (let n = 0; n < 5; n++) await code(alice, "t", `${n}`);
    await turn();
    assert.equal(bob.inbox.filter(({ cmd }) => cmd === "publish").length, 3);

    for (let id = 1; id <= 3; id++) alice.publish("x", "x", { qos: 2, messageId: id });

    assert.equal(((await alice.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x93);
  });

  it("are those of the listed bad input that are about filters of others: shared, wildcards and `$` (M12, M13)", async () => {
    await bounded({});
    const client = await world.connect("alice");
    await client.subscribe("#", "+/x");
    const publish: Partial<IPubackPacket> = { reasonCode: await code(client, "$SYS/x", "x") };
    const malformed: ISubscribePacket["subscriptions"] = ["a/#/b", "$share//x", "a+", "$share/g"].map((topic) => ({
      topic,
      qos: 1,
    }));
    const answers = await client.subscribe(...malformed.map(({ topic }) => topic));

    assert.equal(publish.reasonCode, 0x87);
    assert.deepEqual(answers, [0x8f, 0x8f, 0x8f, 0x8f]);
    await turn();
    assert.deepEqual(
      client.inbox.filter(({ cmd }) => cmd === "publish"),
      [],
    );
  });
});

function keepingPace(world: World, clock: TestClock, some: Partial<Pace>, version: 4 | 5 = 5): TestClient {
  const pace: Pace = { messagesPerSecond: 0, bytesPerSecond: 0, beyond: "wait", ...some };
  const tcp = world.front.tcp.map((one) => ({ ...one, accept: paced(one.accept, pace, clock) }));
  return new TestClient({ ...world.front, tcp }, version, {});
}
