import assert from "node:assert/strict";
import type { IConnectPacket, IPublishPacket } from "mqtt-packet";
import { code } from "./asking.ts";
import { turn, World } from "./harness.ts";

const lasting: Partial<IConnectPacket> = { clean: false, properties: { sessionExpiryInterval: 3600 } };

describe("MQTT chat", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it("carries a message between two accounts, each seeing the other's name in the topic", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    assert.deepEqual(await bob.subscribe("chat/dm/+"), [1]);

    assert.equal(await code(alice, "chat/dm/bob", "21.5"), 0);

    const message = await bob.message();
    const { mid, at, ...event } = JSON.parse(message.payload.toString()) as Record<string, unknown>;
    assert.equal(message.topic, "chat/dm/alice");
    assert.deepEqual(event, { c: "dm:alice:bob", s: 1, from: "alice", body: "21.5" });
    assert.match(String(mid), /^[0-9a-f-]{36}$/);
    assert.equal(new Date(String(at)).toISOString(), at);
  });

  it("reads a JSON object with a body, keeps its other fields, and carries user properties (P10)", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await bob.subscribe("chat/dm/alice");

    await code(alice, "chat/dm/bob", JSON.stringify({ body: "hot", temp: 21.5, s: 99, from: "eve" }), {
      properties: { userProperties: { unit: "C" }, contentType: "application/json" },
    });

    const message = await bob.message();
    const event = JSON.parse(message.payload.toString()) as Record<string, unknown>;
    assert.deepEqual([event["body"], event["temp"], event["s"], event["from"]], ["hot", 21.5, 1, "alice"]);
    assert.deepEqual({ ...message.properties!.userProperties }, { unit: "C" });
    assert.equal(message.properties!.contentType, undefined);
  });

  it("takes any other text as it is, and bytes as bytes", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await bob.subscribe("chat/dm/alice");
    const payloads: (string | Buffer)[] = [
      '{"temp":1}',
      "[1]",
      '{"body":7}',
      "{",
      '{"body":' + "[".repeat(100),
      Buffer.from([0xff, 0]),
    ];

    for (const payload of payloads) await code(alice, "chat/dm/bob", payload);

    const events = [];
    for (const _ of payloads) events.push(await bob.event());
    assert.deepEqual(
      events.map(({ body, bytes }) => body ?? bytes),
      [...payloads.slice(0, 5), Buffer.from([0xff, 0]).toString("base64")],
    );
  });

  it("gives the bare body on …/text, and takes one there", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await bob.subscribe("chat/dm/alice/text");

    await code(alice, "chat/dm/bob/text", '{"body":"as it is"}');
    await code(alice, "chat/dm/bob", '{"body":"unwrapped"}');

    const [one, two] = [await bob.message(), await bob.message()];
    assert.deepEqual(
      [one.topic, one.payload.toString(), two.payload.toString()],
      ["chat/dm/alice/text", '{"body":"as it is"}', "unwrapped"],
    );
  });

  it("gives each message once to chat/#, and none to # or +/dm/+", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await bob.subscribe("#", "+/dm/+", "chat/#", "chat/dm/#", "chat/+/alice");
    await turn(); // what the subscriptions bring comes behind their SUBACK
    bob.inbox.length = 0;

    await code(alice, "chat/dm/bob", "once");
    await turn();

    assert.deepEqual(
      bob.inbox.filter(({ cmd }) => cmd === "publish").map((packet) => (packet as IPublishPacket).topic),
      ["chat/dm/alice"],
    );
  });

  it("keeps a message for one who is away, until it is acknowledged", async () => {
    const alice = await world.connect("alice");
    await code(alice, "chat/dm/bob", "1");
    await code(alice, "chat/dm/bob", "2");

    const first = await world.connect("bob", lasting);
    await first.subscribe("chat/dm/+");
    const got = [await first.message(), await first.message()];
    first.packet({ cmd: "puback", messageId: got[0]!.messageId!, reasonCode: 0 });
    await turn();
    first.cut();
    const second = await world.connect("bob", lasting);

    const again = await second.message();
    const event = JSON.parse(again.payload.toString()) as Record<string, unknown>;
    assert.deepEqual(
      [event["s"], event["redelivered"], again.dup, again.messageId],
      [2, true, true, got[1]!.messageId],
    );
    await turn();
    assert.equal(second.inbox.length, 0);
  });

  it("tells the sender how far its message has come, on chat/receipt", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await alice.subscribe("chat/receipt/dm/bob");
    await bob.subscribe("chat/dm/alice");

    await code(alice, "chat/dm/bob", "hi");
    bob.packet({ cmd: "puback", messageId: (await bob.message()).messageId!, reasonCode: 0 });
    const delivered = await alice.event();
    assert.equal(await code(bob, "chat/receipt/dm/alice", '{"s":1,"mark":"read"}'), 0);
    const read = await alice.event();

    assert.deepEqual(
      [delivered, read].map(({ c, s, user, mark }) => [c, s, user, mark]),
      [
        ["dm:alice:bob", 1, "bob", "delivered"],
        ["dm:alice:bob", 1, "bob", "read"],
      ],
    );
    assert.equal(await code(bob, "chat/receipt/dm/alice", '{"s":2,"mark":"read"}'), 0x99);
  });

  it("acknowledges up to the first message that is missing", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await alice.subscribe("chat/receipt/dm/+");
    await bob.subscribe("chat/dm/alice");
    for (const body of ["1", "2", "3"]) await code(alice, "chat/dm/bob", body);
    const got = [await bob.message(), await bob.message(), await bob.message()];

    for (const at of [2, 0, 1]) bob.packet({ cmd: "puback", messageId: got[at]!.messageId!, reasonCode: 0 });

    assert.deepEqual([(await alice.event())["s"], (await alice.event())["s"]], [1, 3]);
  });

  it("acknowledges QoS 2 with PUBCOMP, and QoS 0 never", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await alice.subscribe("chat/receipt/dm/+");
    assert.deepEqual(await bob.subscribe({ topic: "chat/dm/alice", qos: 2 }), [2]);
    await code(alice, "chat/dm/bob", "1");
    const { messageId } = await bob.message();
    bob.packet({ cmd: "pubrec", messageId: messageId!, reasonCode: 0 });
    await bob.receive("pubrel");
    await turn();
    assert.equal(alice.inbox.length, 0);
    bob.packet({ cmd: "pubcomp", messageId: messageId!, reasonCode: 0 });

    assert.equal((await alice.event())["s"], 1);
    const carol = await world.connect("carol");
    await carol.subscribe({ topic: "chat/dm/alice", qos: 0 });
    await code(alice, "chat/dm/carol", "2");
    await carol.message();
    await turn();
    assert.equal(alice.inbox.length, 0);
  });

  it("asks again for a PUBCOMP that is missing, and sends the message no second time", async () => {
    const alice = await world.connect("alice");
    const first = await world.connect("bob", lasting);
    await first.subscribe({ topic: "chat/dm/alice", qos: 2 });
    await code(alice, "chat/dm/bob", "once");
    const { messageId } = await first.message();
    first.packet({ cmd: "pubrec", messageId: messageId!, reasonCode: 0 });
    await first.receive("pubrel");
    first.cut();

    const second = await world.connect("bob", lasting);

    assert.equal((await second.receive("pubrel")).messageId, messageId);
    second.packet({ cmd: "pubcomp", messageId: messageId!, reasonCode: 0 });
    await turn(10);
    assert.equal(second.inbox.length, 0);
  });

  it("takes a receipt for what is not subscribed to, which changes nothing for a later subscription", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    for (const body of ["1", "2"]) await code(alice, "chat/dm/bob", body);
    assert.equal(await code(bob, "chat/receipt/dm/alice", '{"s":1,"mark":"read"}'), 0);

    await bob.subscribe("chat/dm/alice");

    let seq: unknown;
    do seq = (await bob.event())["s"];
    while (seq === 1); // the mark may not be stored yet: then the message comes once more than it must
    assert.equal(seq, 2);
  });

  it("sends QoS 0 nothing from before it was subscribed", async () => {
    const alice = await world.connect("alice");
    await code(alice, "chat/dm/bob", "before");
    const bob = await world.connect("bob");
    await bob.subscribe({ topic: "chat/dm/alice", qos: 0 });
    await turn();

    await code(alice, "chat/dm/bob", "after");

    assert.equal((await bob.event())["body"], "after");
  });

  it("names a message by origin-id: the retry is acknowledged and seen once, other content is refused (P3)", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await bob.subscribe("chat/dm/alice");
    const named = { properties: { userProperties: { "origin-id": "m-1" } } };

    assert.equal(await code(alice, "chat/dm/bob", "x", named), 0);
    assert.equal(await code(alice, "chat/dm/bob", "x", named), 0);
    assert.equal(await code(alice, "chat/dm/bob", "y", named), 0x91);
    await code(alice, "chat/dm/bob", "z");

    assert.deepEqual([(await bob.event())["body"], (await bob.event())["body"]], ["x", "z"]);
  });

  it("takes a QoS 2 message once over a broken connection, and its identifier again after PUBREL", async () => {
    const bob = await world.connect("bob");
    await bob.subscribe("chat/dm/alice");
    const first = await world.connect("alice", lasting);
    first.publish("chat/dm/bob", "1", { qos: 2, messageId: 3 });
    await first.receive("pubrec");
    first.cut();
    const second = await world.connect("alice", lasting);
    second.publish("chat/dm/bob", "1", { qos: 2, messageId: 3, dup: true });
    await second.receive("pubrec");
    second.packet({ cmd: "pubrel", messageId: 3 });
    await second.receive("pubcomp");
    second.publish("chat/dm/bob", "2", { qos: 2, messageId: 3 });
    await second.receive("pubrec");

    assert.deepEqual([(await bob.event())["body"], (await bob.event())["body"]], ["1", "2"]);
  });
});
