import assert from "node:assert/strict";
import type { IConnectPacket, IPublishPacket } from "mqtt-packet";
import { code } from "./asking.ts";
import { turn, World } from "./harness.ts";

const lasting: Partial<IConnectPacket> = { clean: false, properties: { sessionExpiryInterval: 3600 } };

describe("MQTT, when the server is killed and started again,", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const told = ({ payload, dup, messageId }: IPublishPacket): unknown[] => [payload.toString(), dup, messageId];

  it("sends what was not acknowledged again: same identifiers, DUP, and nothing that was", async () => {
    const alice = await world.connect("alice");
    const bob = await world.connect("bob", lasting);
    await bob.subscribe("a");
    for (const text of ["1", "2", "3"]) await code(alice, "a", text);
    for (const text of ["1", "2", "3"]) {
      const { messageId } = await bob.message();
      if (text === "2") bob.packet({ cmd: "puback", messageId: messageId!, reasonCode: 0 });
    }
    await code(alice, "b", "shares a commit with the acknowledgement");
    await new Promise((resolve) => setTimeout(resolve, 30));

    world = await world.killed();
    const back = await world.connect("bob", lasting);

    assert.deepEqual(
      [told(await back.message()), told(await back.message())],
      [
        ["1", true, 1],
        ["3", true, 3],
      ],
    );
    await code(await world.connect("alice"), "a", "4");
    assert.deepEqual(told(await back.message()), ["4", false, 4]);
  });

  it("sends no QoS 2 message again whose PUBREL went out, but the PUBREL", async () => {
    const alice = await world.connect("alice");
    const bob = await world.connect("bob", lasting);
    await bob.subscribe({ topic: "a", qos: 2 });
    for (const [at, text] of ["1", "2"].entries()) {
      alice.publish("a", text, { qos: 2, messageId: at + 1 });
      await alice.receive("pubrec");
    }
    bob.packet({ cmd: "pubrec", messageId: (await bob.message()).messageId!, reasonCode: 0 });
    await bob.receive("pubrel");

    world = await world.killed();
    const back = await world.connect("bob", lasting);

    assert.equal((await back.receive("pubrel")).messageId, 1);
    back.packet({ cmd: "pubcomp", messageId: 1, reasonCode: 0 });
    assert.deepEqual(told(await back.message()), ["2", true, 2]);
    await turn(10);
    assert.equal(back.inbox.length, 0);
  });

  it("sends no QoS 2 message again whose exchange was complete, though its queue still held it", async () => {
    const alice = await world.connect("alice");
    const bob = await world.connect("bob", lasting);
    await bob.subscribe({ topic: "a", qos: 2 });
    for (const [at, text] of ["1", "2"].entries()) {
      alice.publish("a", text, { qos: 2, messageId: at + 1 });
      await alice.receive("pubrec");
    }
    // The first is complete when the state that names the second is written; neither entry's end is stored yet.
    for (const complete of [true, false]) {
      const { messageId } = await bob.message();
      bob.packet({ cmd: "pubrec", messageId: messageId!, reasonCode: 0 });
      await bob.receive("pubrel");
      if (complete) bob.packet({ cmd: "pubcomp", messageId: messageId!, reasonCode: 0 });
    }

    world = await world.killed();
    const back = await world.connect("bob", lasting);

    assert.equal((await back.receive("pubrel")).messageId, 2);
    await turn(10);
    assert.equal(back.inbox.length, 0);
  });

  it("takes a QoS 2 message once that is sent again, and its identifier anew after PUBREL", async () => {
    const bob = await world.connect("bob", lasting);
    await bob.subscribe({ topic: "a", qos: 1 });
    const alice = await world.connect("alice", lasting);
    alice.publish("a", "plain", { qos: 2, messageId: 1 });
    alice.publish("chat/dm/bob", "chat", { qos: 2, messageId: 2 });
    await alice.receive("pubrec");
    await alice.receive("pubrec");

    world = await world.killed();
    const again = await world.connect("alice", lasting);
    again.publish("a", "plain", { qos: 2, messageId: 1, dup: true });
    again.publish("chat/dm/bob", "chat", { qos: 2, messageId: 2, dup: true });
    for (const messageId of [1, 2]) {
      await again.receive("pubrec");
      again.packet({ cmd: "pubrel", messageId });
      await again.receive("pubcomp");
    }
    again.publish("a", "next", { qos: 2, messageId: 1 });
    await again.receive("pubrec");
    const back = await world.connect("bob", lasting);
    await back.subscribe("chat/dm/alice");

    const texts = [await back.message(), await back.message(), await back.message()].map(({ payload }) =>
      payload.toString(),
    );
    assert.deepEqual(
      texts.map((text) => (text.startsWith("{") ? (JSON.parse(text) as { body: string }).body : text)).sort(),
      ["chat", "next", "plain"],
    );
    await turn(10);
    assert.equal(back.inbox.length, 0);
  });

  it("keeps chat subscriptions, and marks what the device may have had", async () => {
    const alice = await world.connect("alice");
    const bob = await world.connect("bob", lasting);
    await bob.subscribe("chat/dm/alice");
    await new Promise((resolve) => setTimeout(resolve, 5));
    await code(alice, "chat/dm/bob", "seen, perhaps");
    await bob.message();
    await new Promise((resolve) => setTimeout(resolve, 5)); // no server is back within the same millisecond

    world = await world.killed();
    const back = await world.connect("bob", lasting);

    const message = await back.message();
    assert.equal(message.dup, true);
    assert.equal((JSON.parse(message.payload.toString()) as { redelivered?: boolean }).redelivered, true);
  });
});
