import assert from "node:assert/strict";
import type { IConnectPacket, IPublishPacket } from "mqtt-packet";
import { type TestClient, TestClock, turn, World } from "./harness.ts";

const lasting: Partial<IConnectPacket> = { clean: false, properties: { sessionExpiryInterval: 3600 } };
const lasting4: Partial<IConnectPacket> = { protocolVersion: 4, clean: false };

async function publishTo(world: World, topic: string, payloads: readonly string[], qos: 1 | 2 = 1): Promise<void> {
  const publisher = await world.connect("carol", { clientId: `pub-${payloads[0]}` });
  for (const [at, payload] of payloads.entries()) {
    publisher.publish(topic, payload, { qos, messageId: at + 1 });
    await publisher.receive(qos === 1 ? "puback" : "pubrec");
    if (qos === 2) publisher.packet({ cmd: "pubrel", messageId: at + 1 });
    if (qos === 2) await publisher.receive("pubcomp");
  }
  publisher.packet({ cmd: "disconnect", reasonCode: 0 });
}

async function messages(client: TestClient, count: number): Promise<IPublishPacket[]> {
  const got = [];
  for (let i = 0; i < count; i++) got.push(await client.message());
  return got;
}

function told({ payload, dup, messageId, qos }: IPublishPacket): unknown[] {
  return [payload.toString(), dup, messageId, qos];
}

describe("MQTT sessions", () => {
  let world: World;
  let clock: TestClock;
  beforeEach(async () => {
    clock = new TestClock();
    world = await World.start({}, { clock });
  });
  afterEach(() => world[Symbol.asyncDispose]());

  for (const [title, options] of [
    ["5.0", lasting],
    ["3.1.1", lasting4],
  ] as const) {
    it(`keep their subscriptions, and what comes while the client is away (${title})`, async () => {
      const first = await world.connect("bob", options);
      assert.equal(first.connack!.sessionPresent, false);
      await first.subscribe({ topic: "a/#", qos: 1 });
      first.cut();

      await publishTo(world, "a/b", ["1", "2", "3"]);
      const second = await world.connect("bob", options);

      assert.equal(second.connack!.sessionPresent, true);
      assert.deepEqual((await messages(second, 3)).map(told), [
        ["1", false, 1, 1],
        ["2", false, 2, 1],
        ["3", false, 3, 1],
      ]);
    });
  }

  it("send again what was not acknowledged: same identifiers, DUP, in order [MQTT-4.4.0-1] [MQTT-3.3.1-1]", async () => {
    const first = await world.connect("bob", lasting);
    await first.subscribe({ topic: "a", qos: 1 });
    await publishTo(world, "a", ["1", "2", "3", "4"]);
    const sent = await messages(first, 4);
    first.packet({ cmd: "puback", messageId: sent[1]!.messageId!, reasonCode: 0 });
    await turn();
    first.cut();
    await publishTo(world, "a", ["5"]);

    const second = await world.connect("bob", lasting);

    assert.deepEqual((await messages(second, 4)).map(told), [
      ["1", true, 1, 1],
      ["3", true, 3, 1],
      ["4", true, 4, 1],
      ["5", false, 5, 1],
    ]);
  });

  it("finish QoS 2 exchanges where they were: PUBREL again, and no message twice", async () => {
    const first = await world.connect("bob", lasting);
    await first.subscribe({ topic: "a", qos: 2 });
    await publishTo(world, "a", ["1", "2"], 2);
    const [one] = await messages(first, 2);
    first.packet({ cmd: "pubrec", messageId: one!.messageId!, reasonCode: 0 });
    await first.receive("pubrel");
    first.cut();

    const second = await world.connect("bob", lasting);

    assert.deepEqual(
      [(await second.receive("pubrel")).messageId, told(await second.message())],
      [1, ["2", true, 2, 2]],
    );
    second.packet({ cmd: "pubcomp", messageId: 1 });
    await turn();
    second.cut();
    const third = await world.connect("bob", lasting);
    assert.deepEqual(told(await third.message()), ["2", true, 2, 2]);
    assert.equal(third.inbox.length, 0);
  });

  it("remember which QoS 2 messages they took [MQTT-4.3.3-10]", async () => {
    const bob = await world.connect("bob");
    await bob.subscribe({ topic: "a", qos: 0 });
    const first = await world.connect("alice", lasting);
    first.publish("a", "once", { qos: 2, messageId: 9 });
    await first.receive("pubrec");
    first.cut();

    const second = await world.connect("alice", lasting);
    second.publish("a", "once", { qos: 2, messageId: 9, dup: true });
    await second.receive("pubrec");
    second.packet({ cmd: "pubrel", messageId: 9 });
    await second.receive("pubcomp");

    assert.equal((await bob.message()).payload.toString(), "once");
    await turn();
    assert.equal(bob.inbox.length, 0);
  });

  it("end with a clean start, and with the connection where they have no expiry", async () => {
    const first = await world.connect("bob", lasting);
    await first.subscribe("a");
    first.cut();
    const resumed = await world.connect("bob", { clean: false });
    assert.equal(resumed.connack!.sessionPresent, true);
    await publishTo(world, "a", ["once more"]);
    assert.equal((await resumed.message()).payload.toString(), "once more");
    resumed.cut();
    const again = await world.connect("bob", lasting);
    assert.equal(again.connack!.sessionPresent, false);
    await again.subscribe("a");
    again.cut();

    const fresh = await world.connect("bob", { clean: true });
    await publishTo(world, "a", ["no longer subscribed to"]);
    await turn();
    assert.equal(fresh.inbox.length, 0);
    const brief = await world.connect("bob", { clean: false });
    assert.equal(brief.connack!.sessionPresent, false);
    brief.cut();
    assert.equal((await world.connect("bob", { clean: false })).connack!.sessionPresent, false);
  });

  it("end when their expiry has passed", async () => {
    const first = await world.connect("bob", lasting);
    await first.subscribe("a");
    first.cut();
    await turn();
    await clock.advance(3_700_000);

    assert.equal((await world.connect("bob", lasting)).connack!.sessionPresent, false);
  });

  it("take a new expiry from DISCONNECT, but not one raised from 0 (0x82)", async () => {
    const first = await world.connect("bob", lasting);
    first.packet({ cmd: "disconnect", reasonCode: 0, properties: { sessionExpiryInterval: 0 } });
    await first.end();
    const second = await world.connect("bob", { clean: false });
    assert.equal(second.connack!.sessionPresent, false);

    second.packet({ cmd: "disconnect", reasonCode: 0, properties: { sessionExpiryInterval: 60 } });

    assert.equal(((await second.receive("disconnect")) as { reasonCode: number }).reasonCode, 0x82);
  });

  it("give the whole queue to the connection that takes over", async () => {
    const first = await world.connect("bob", lasting);
    await first.subscribe("a");
    await publishTo(world, "a", ["1", "2"]);
    await messages(first, 2);

    const second = await world.connect("bob", lasting);

    assert.deepEqual((await messages(second, 2)).map(told), [
      ["1", true, 1, 1],
      ["2", true, 2, 1],
    ]);
  });
});

describe("MQTT wills", () => {
  let world: World;
  let clock: TestClock;
  const will = (properties = {}): Partial<IConnectPacket> => ({
    will: { topic: "dead/alice", payload: Buffer.from("gone"), qos: 1, retain: false, properties },
  });
  beforeEach(async () => {
    clock = new TestClock();
    world = await World.start({}, { clock });
  });
  afterEach(() => world[Symbol.asyncDispose]());

  async function watcher(): Promise<TestClient> {
    const bob = await world.connect("bob");
    await bob.subscribe("dead/+");
    return bob;
  }

  it("are published when the connection breaks, and not after DISCONNECT [MQTT-3.14.4-3]", async () => {
    const bob = await watcher();

    const polite = await world.connect("alice", will());
    polite.packet({ cmd: "disconnect", reasonCode: 0 });
    await turn();
    assert.equal(bob.inbox.length, 0);
    const rude = await world.connect("alice", will());
    rude.cut();

    assert.equal((await bob.message()).payload.toString(), "gone");
  });

  it("are published when the client asks for it (0x04), and when it breaks the protocol", async () => {
    const bob = await watcher();

    (await world.connect("alice", will())).packet({ cmd: "disconnect", reasonCode: 4 });
    assert.equal((await bob.message()).payload.toString(), "gone");
    (await world.connect("alice", will())).write(Buffer.from([0xff]));

    assert.equal((await bob.message()).payload.toString(), "gone");
  });

  it("wait for their delay, and are not published when the session is resumed meanwhile [MQTT-3.1.3-9]", async () => {
    const bob = await watcher();
    const options = { ...will({ willDelayInterval: 30 }), ...lasting };

    (await world.connect("alice", options)).cut();
    await clock.advance(20_000);
    const back = await world.connect("alice", options);
    await clock.advance(60_000);
    assert.equal(bob.inbox.length, 0);
    back.cut();
    await clock.advance(29_000);
    assert.equal(bob.inbox.length, 0);
    await clock.advance(2_000);

    assert.equal((await bob.message()).payload.toString(), "gone");
  });

  it("are published when the session ends before their delay", async () => {
    const bob = await watcher();

    (
      await world.connect("alice", {
        ...will({ willDelayInterval: 3000 }),
        clean: true,
        properties: { sessionExpiryInterval: 10 },
      })
    ).cut();
    await clock.advance(11_000);
    assert.equal((await bob.message()).payload.toString(), "gone");

    (await world.connect("alice", { ...will({ willDelayInterval: 3000 }), ...lasting })).cut();
    await turn();
    await world.connect("alice", { clean: true });
    assert.equal((await bob.message()).payload.toString(), "gone");
  });

  it("are published at once when another connection takes over a session without expiry", async () => {
    const bob = await watcher();
    await world.connect("alice", will());

    await world.connect("alice");

    assert.equal((await bob.message()).payload.toString(), "gone");
  });
});
