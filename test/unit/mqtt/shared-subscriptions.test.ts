import assert from "node:assert/strict";
import type { IConnectPacket } from "mqtt-packet";
import { code } from "./asking.ts";
import { type TestClient, turn, World } from "./harness.ts";

const lasting: Partial<IConnectPacket> = { clean: false, properties: { sessionExpiryInterval: 3600 } };

describe("MQTT shared subscriptions", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  async function worker(id: string, options: Partial<IConnectPacket> = {}, qos: 0 | 1 | 2 = 1): Promise<TestClient> {
    const client = await world.connect("bob", { clientId: id, ...options });
    assert.deepEqual(await client.subscribe({ topic: "$share/g/job/+", qos }), [qos]);
    return client;
  }

  const texts = (client: TestClient): string[] =>
    client.inbox.flatMap((packet) => (packet.cmd === "publish" ? [packet.payload.toString()] : []));

  it("are granted to 3.1.1 clients, too, and each message goes to one of the group", async () => {
    const [one, two] = [await worker("one"), await worker("two", { protocolVersion: 4 })];
    const alice = await world.connect("alice");

    for (let n = 0; n < 10; n++) assert.equal(await code(alice, "job/x", `${n}`), 0);
    await turn(5);

    assert.deepEqual([...texts(one), ...texts(two)].sort(), [..."0123456789"]);
    assert.ok(texts(one).length > 0 && texts(two).length > 0);
  });

  it("with No Local break the protocol [MQTT-3.8.3-4]", async () => {
    const client = await world.connect("bob");
    client.packet({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "$share/g/a", qos: 0, nl: true }] });

    assert.equal(((await client.receive("disconnect")) as { reasonCode?: number }).reasonCode, 0x82);
  });

  it("bring no retained messages, and are each client's own: QoS, identifiers, unsubscribing", async () => {
    const alice = await world.connect("alice");
    await code(alice, "job/x", "kept", { retain: true });
    const client = await world.connect("bob");
    client.packet({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "$share/g/job/+", qos: 0 }],
      properties: { subscriptionIdentifier: 9 },
    });
    await client.receive("suback");
    await code(alice, "job/y", "live");

    const { payload, qos, properties } = await client.message();
    assert.deepEqual([payload.toString(), qos, properties?.subscriptionIdentifier], ["live", 0, 9]);
    client.packet({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["$share/g/job/+", "$share/h/job/+"] });
    assert.deepEqual(((await client.receive("unsuback")) as unknown as { granted: number[] }).granted, [0, 0x11]);
    assert.equal(await code(alice, "job/y", "for nobody"), 0x10);
  });

  it("hand on what a client was sent and did not acknowledge when its connection ends", async () => {
    for (const options of [{}, lasting]) {
      const failing = await worker("failing", options);
      const alice = await world.connect("alice");
      for (const text of ["1", "2"]) await code(alice, "job/x", text);
      await failing.message();
      const { messageId } = await failing.message();
      failing.packet({ cmd: "puback", messageId: messageId!, reasonCode: 0 });
      const other = await worker("other", options);

      failing.cut();

      assert.equal((await other.message()).payload.toString(), "1");
      other.packet({ cmd: "disconnect", reasonCode: 0, properties: { sessionExpiryInterval: 0 } });
      await turn(10);
      const again = await world.connect("bob", { clientId: "failing" });
      again.packet({ cmd: "disconnect", reasonCode: 0 });
      await turn(10);
    }
  });

  it("complete at QoS 2 with the client that was sent it, and with nobody if it is gone [MQTT-4.8.2-5]", async () => {
    const failing = await worker("failing", lasting, 2);
    const other = await worker("other", lasting, 2);
    const alice = await world.connect("alice");
    for (const [at, text] of ["1", "2"].entries()) {
      alice.publish("job/x", text, { qos: 2, messageId: at + 1 });
      await alice.receive("pubrec");
    }
    const [mine, theirs] = [await failing.message(), await other.message()];
    failing.cut();
    await turn(10);

    const back = await world.connect("bob", { clientId: "failing", ...lasting });
    const again = await back.message();

    assert.deepEqual(
      [again.payload.toString(), again.messageId, again.dup],
      [mine.payload.toString(), mine.messageId, true],
    );
    back.packet({ cmd: "disconnect", reasonCode: 0, properties: { sessionExpiryInterval: 0 } });
    await turn(10);
    assert.deepEqual(texts(other), []);
    other.packet({ cmd: "pubrec", messageId: theirs.messageId!, reasonCode: 0 });
    await other.receive("pubrel");
  });

  it("discard what a client refuses [MQTT-4.8.2-6]", async () => {
    const [one, alice] = [await worker("one"), await world.connect("alice")];
    await code(alice, "job/x", "bad");
    const { messageId } = await one.message();
    const other = await worker("other");

    one.packet({ cmd: "puback", messageId: messageId!, reasonCode: 0x80 });
    one.cut();
    await turn(10);

    assert.deepEqual(texts(other), []);
  });

  it("give a client no more than its Receive Maximum, and the rest to others when it fails", async () => {
    const slow = await worker("slow", { properties: { receiveMaximum: 1 } });
    const alice = await world.connect("alice");
    for (const text of ["1", "2", "3"]) await code(alice, "job/x", text);
    await turn(5);
    assert.deepEqual(texts(slow), ["1"]);
    const other = await worker("other");

    slow.cut();
    await turn(10);

    assert.deepEqual(texts(other).sort(), ["1", "2", "3"]);
  });

  it("keep for a durable session what comes while nobody is there, and lose nothing when the server is killed", async () => {
    const alice = await world.connect("alice");
    const away = await worker("away", lasting);
    away.packet({ cmd: "disconnect", reasonCode: 0 });
    await turn(10);
    const brief = await worker("brief");
    await code(alice, "job/x", "sent to brief");
    await brief.message();

    world = await world.killed();
    const other = await worker("other", lasting);

    assert.equal((await other.message()).payload.toString(), "sent to brief");
  });
});
