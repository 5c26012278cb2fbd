import assert from "node:assert/strict";
import { TestClock, turn, World } from "./harness.ts";

describe("MQTT plain topics", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  for (const version of [3, 4, 5] as const) {
    it(`carries QoS 0, 1 and 2 between clients of version ${version}`, async () => {
      const alice = await world.connect("alice", { protocolVersion: version });
      const bob = await world.connect("bob", { protocolVersion: version });
      assert.deepEqual(await bob.subscribe({ topic: "plant/+/temp", qos: 2 }), [2]);

      alice.publish("plant/7/temp", "zero");
      alice.publish("plant/7/temp", "one", { qos: 1, messageId: 11 });
      alice.publish("plant/7/temp", "two", { qos: 2, messageId: 12 });
      await alice.receive("puback");
      await alice.receive("pubrec");
      alice.packet({ cmd: "pubrel", messageId: 12 });
      await alice.receive("pubcomp");

      const got = [await bob.message(), await bob.message(), await bob.message()];
      assert.deepEqual(
        got.map(({ topic, payload, qos, dup, retain }) => [topic, payload.toString(), qos, dup, retain]),
        [
          ["plant/7/temp", "zero", 0, false, false],
          ["plant/7/temp", "one", 1, false, false],
          ["plant/7/temp", "two", 2, false, false],
        ],
      );
      bob.packet({ cmd: "puback", messageId: got[1]!.messageId! });
      bob.packet({ cmd: "pubrec", messageId: got[2]!.messageId! });
      await bob.receive("pubrel");
      bob.packet({ cmd: "pubcomp", messageId: got[2]!.messageId! });
      assert.equal(bob.closed, false);
    });
  }

  it("acknowledges in the order of the publishes [MQTT-4.6.0-2]", async () => {
    const alice = await world.connect("alice");

    for (let id = 1; id <= 40; id++)
      alice.publish(id % 2 === 0 ? "a/b" : "chat/dm/bob", `m${id}`, { qos: 1, messageId: id });

    const ids = [];
    for (let i = 0; i < 40; i++) ids.push(((await alice.receive("puback")) as { messageId: number }).messageId);
    assert.deepEqual(
      ids,
      Array.from({ length: 40 }, (_, at) => at + 1),
    );
  });

  it("takes a QoS 2 message once, however often it is sent before PUBREL [MQTT-4.3.3-10]", async () => {
    const bob = await world.connect("bob");
    await bob.subscribe("a");
    const alice = await world.connect("alice");

    for (const dup of [false, true]) alice.publish("a", "once", { qos: 2, messageId: 5, dup });
    await alice.receive("pubrec");
    await turn();
    alice.publish("a", "once", { qos: 2, messageId: 5, dup: true });
    alice.packet({ cmd: "pubrel", messageId: 5 });
    await alice.receive("pubcomp");
    alice.publish("a", "next", { qos: 2, messageId: 5 });
    await alice.receive("pubrec");

    assert.equal((await bob.message()).payload.toString(), "once");
    assert.equal((await bob.message()).payload.toString(), "next");
    assert.equal(bob.inbox.length, 0);
  });

  it("answers PUBCOMP 0x92 for an id it does not hold [MQTT-4.3.3-11]", async () => {
    const alice = await world.connect("alice");

    alice.packet({ cmd: "pubrel", messageId: 8 });

    assert.equal(((await alice.receive("pubcomp")) as { reasonCode: number }).reasonCode, 0x92);
  });

  it("answers PUBREL 0x92 to a PUBREC for an id that is not in flight", async () => {
    const alice = await world.connect("alice");

    alice.packet({ cmd: "pubrec", messageId: 8, reasonCode: 0 });

    assert.equal(((await alice.receive("pubrel")) as { reasonCode: number }).reasonCode, 0x92);
  });

  it("says when nobody listens (0x10)", async () => {
    const alice = await world.connect("alice");

    alice.publish("nobody/here", "x", { qos: 1, messageId: 1 });

    assert.equal(((await alice.receive("puback")) as { reasonCode: number }).reasonCode, 0x10);
  });

  it("carries the properties of a PUBLISH on unaltered, with the subscription's identifier", async () => {
    const bob = await world.connect("bob");
    bob.packet({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "a", qos: 0 }],
      properties: { subscriptionIdentifier: 321 },
    });
    await bob.receive("suback");
    const alice = await world.connect("alice");

    alice.publish("a", "x", {
      properties: {
        contentType: "text/plain",
        responseTopic: "r",
        correlationData: Buffer.from([0, 1, 2]),
        userProperties: { k: ["1", "2"] },
        payloadFormatIndicator: true,
      },
    });

    const { properties } = await bob.message();
    assert.deepEqual(
      { ...properties, userProperties: { ...properties!.userProperties } },
      {
        contentType: "text/plain",
        responseTopic: "r",
        correlationData: Buffer.from([0, 1, 2]),
        userProperties: { k: ["1", "2"] },
        payloadFormatIndicator: true,
        subscriptionIdentifier: 321,
      },
    );
  });

  it("resolves topic aliases, and refuses those above the maximum (0x94)", async () => {
    const bob = await world.connect("bob");
    await bob.subscribe("long/topic");
    const alice = await world.connect("alice");

    alice.publish("long/topic", "1", { properties: { topicAlias: 3 } });
    alice.publish("", "2", { properties: { topicAlias: 3 } });
    assert.deepEqual([(await bob.message()).topic, (await bob.message()).topic], ["long/topic", "long/topic"]);
    alice.publish("long/topic", "3", { properties: { topicAlias: alice.connack!.properties!.topicAliasMaximum! + 1 } });

    assert.equal(((await alice.receive("disconnect")) as { reasonCode: number }).reasonCode, 0x94);
    await alice.end();
  });

  it("uses aliases towards a client that takes them", async () => {
    const bob = await world.connect("bob", { properties: { topicAliasMaximum: 1 } });
    await bob.subscribe("a/long/topic", "another");
    const alice = await world.connect("alice");

    for (const topic of ["a/long/topic", "a/long/topic", "another"]) alice.publish(topic, "x");

    const got = [await bob.message(), await bob.message(), await bob.message()];
    assert.deepEqual(
      got.map(({ topic, properties }) => [topic, properties?.topicAlias]),
      [
        ["a/long/topic", 1],
        ["", 1],
        ["another", undefined],
      ],
    );
  });

  it("keeps to the client's Receive Maximum [MQTT-3.3.4-9], and goes on with its acknowledgements", async () => {
    const bob = await world.connect("bob", { properties: { receiveMaximum: 2 } });
    await bob.subscribe("a");
    const alice = await world.connect("alice");
    for (let n = 1; n <= 5; n++) alice.publish("a", `${n}`, { qos: 1, messageId: n });
    await turn();

    assert.deepEqual(
      bob.inbox.map(({ cmd }) => cmd),
      ["publish", "publish"],
    );
    bob.acking = true;
    for (let n = 1; n <= 2; n++)
      bob.packet({ cmd: "puback", messageId: (await bob.message()).messageId!, reasonCode: 0 });

    const rest = [await bob.message(), await bob.message(), await bob.message()];
    assert.deepEqual(
      rest.map(({ payload }) => payload.toString()),
      ["3", "4", "5"],
    );
  });

  it("ends a client that has more than Receive Maximum unfinished (0x93)", async () => {
    const alice = await world.connect("alice");
    const most = alice.connack!.properties!.receiveMaximum!;

    for (let id = 1; id <= most + 1; id++) alice.publish("a", "x", { qos: 2, messageId: id });

    assert.equal(((await alice.receive("disconnect")) as { reasonCode: number }).reasonCode, 0x93);
  });

  it("sends nothing larger than the client takes, and goes on with what is smaller [MQTT-3.1.2-24]", async () => {
    const bob = await world.connect("bob", { properties: { maximumPacketSize: 100 } });
    await bob.subscribe("a");
    const alice = await world.connect("alice");

    alice.publish("a", Buffer.alloc(100), { qos: 1, messageId: 1 });
    alice.publish("a", "small", { qos: 1, messageId: 2 });

    assert.equal((await bob.message()).payload.toString(), "small");
  });

  it("refuses to publish to a $ topic: 0x87; 3.1.1 is acknowledged [MQTT-3.3.5-2], and nobody gets it [MQTT-4.7.2-1]", async () => {
    const alice = await world.connect("alice");
    const bob = await world.connect("bob", { protocolVersion: 4 });
    await alice.subscribe("#", "$SYS/x");

    alice.publish("$SYS/x", "x", { qos: 1, messageId: 1 });
    bob.publish("$SYS/x", "x", { qos: 1, messageId: 1, retain: true });
    bob.publish("$SYS/x", "x", { qos: 2, messageId: 2 });
    bob.publish("marker", "marker");

    assert.equal(((await alice.receive("puback")) as { reasonCode: number }).reasonCode, 0x87);
    assert.equal(((await bob.receive("puback")) as { messageId: number }).messageId, 1);
    assert.equal(((await bob.receive("pubrec")) as { messageId: number }).messageId, 2);
    assert.equal((await alice.message()).topic, "marker");
  });

  it("answers 0x99 for a payload that is not the UTF-8 it says it is", async () => {
    const alice = await world.connect("alice");

    alice.publish("a", Buffer.from([0xff]), { qos: 1, messageId: 1, properties: { payloadFormatIndicator: true } });

    assert.equal(((await alice.receive("puback")) as { reasonCode: number }).reasonCode, 0x99);
  });

  it("gives retained messages to a new subscriber, marked, and to those before unmarked [MQTT-3.3.1-8]", async () => {
    const alice = await world.connect("alice");
    const early = await world.connect("bob");
    await early.subscribe("a/#");
    alice.publish("a/b", "kept", { qos: 1, messageId: 1, retain: true });
    await alice.receive("puback");

    const late = await world.connect("carol");
    await late.subscribe("a/+");

    const [live, kept] = [await early.message(), await late.message()];
    assert.deepEqual([live.retain, kept.retain, kept.payload.toString()], [false, true, "kept"]);
    alice.publish("a/b", "", { retain: true });
    await turn();
    await late.subscribe("a/b");
    await turn();
    assert.deepEqual(
      late.inbox.filter((packet) => packet.cmd === "publish" && packet.retain),
      [],
    );
  });

  it("does not deliver what has expired, and counts down what has not [MQTT-3.3.2-5] [MQTT-3.3.2-6]", async () => {
    await world[Symbol.asyncDispose]();
    const clock = new TestClock();
    world = await World.start({}, { clock });
    const alice = await world.connect("alice");
    alice.publish("a", "short", { retain: true, properties: { messageExpiryInterval: 5 } });
    alice.publish("b", "long", { retain: true, properties: { messageExpiryInterval: 60 } });
    await turn();
    await clock.advance(20_000);

    const bob = await world.connect("bob");
    await bob.subscribe("a", "b");

    const got = await bob.message();
    assert.deepEqual([got.payload.toString(), got.properties?.messageExpiryInterval], ["long", 40]);
  });

  it("stops reading while too much is unanswered, goes on when half is answered, and answers all", async () => {
    await world[Symbol.asyncDispose]();
    world = await World.start({ unanswered: 8 });
    const alice = await world.connect("alice", { protocolVersion: 4 });

    const messages = Array.from({ length: 100 }, (_, at) => at + 1);
    alice.packet(
      ...messages.map(
        (id) =>
          ({
            cmd: "publish",
            topic: "chat/dm/bob",
            payload: `${id}`,
            qos: 1,
            messageId: id,
            dup: false,
            retain: false,
          }) as const,
      ),
    );
    const paused = alice.paused;
    const ids = [];
    for (const _ of messages) ids.push(((await alice.receive("puback")) as { messageId: number }).messageId);

    assert.deepEqual([paused, alice.paused], [true, false]);
    assert.deepEqual(ids, messages);
  });
});
