import assert from "node:assert/strict";
import type { IDisconnectPacket, IPublishPacket } from "mqtt-packet";
import { turn, World } from "./harness.ts";

describe("an MQTT client that reads slowly", () => {
  it("is sent nothing while its link is full, and all of it afterwards, in order", async () => {
    await using world = await World.start();
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await bob.subscribe({ topic: "a", qos: 0 });
    bob.buffered = 1 << 20;

    for (let n = 1; n <= 5; n++) alice.publish("a", `${n}`);
    await turn();
    assert.equal(bob.inbox.length, 0);
    bob.drain();

    const got = [];
    for (let n = 1; n <= 5; n++) got.push((await bob.message()).payload.toString());
    assert.deepEqual(got, ["1", "2", "3", "4", "5"]);
  });

  it("loses QoS 0 first, and is ended with 0x97 when there is no room for QoS 1; others are not", async () => {
    await using world = await World.start({}, { outbox: { rows: 200, bytes: 1 << 20 } });
    const [alice, bob, carol] = [
      await world.connect("alice"),
      await world.connect("bob"),
      await world.connect("carol"),
    ];
    await bob.subscribe({ topic: "a", qos: 1 });
    await carol.subscribe({ topic: "a", qos: 1 });
    bob.buffered = 1 << 20;

    alice.packet(...Array.from({ length: 1000 }, () => publishOf("at most once")));
    await turn();
    assert.equal(bob.closed, false);
    alice.publish("a", "at least once", { qos: 1, messageId: 1 });
    await alice.receive("puback");

    assert.equal(((await bob.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x97);
    for (let n = 0; n < 1000; n++) await carol.message();
    assert.equal((await carol.message()).payload.toString(), "at least once");
  });

  it("keeps its queue, in order, when its session outlives its connection", async () => {
    await using world = await World.start({}, { outbox: { rows: 10, bytes: 1 << 20 } });
    const bob = await world.connect("bob", { clean: false, properties: { sessionExpiryInterval: 600 } });
    await bob.subscribe("a");
    const alice = await world.connect("alice");
    bob.buffered = 1 << 20;

    for (let n = 1; n <= 100; n++) {
      alice.publish("a", `${n}`, { qos: 1, messageId: n });
      await alice.receive("puback");
    }
    bob.acking = true;
    bob.drain();

    for (let n = 1; n <= 100; n++) assert.equal((await bob.message()).payload.toString(), `${n}`);
  });
});

function publishOf(payload: string): IPublishPacket {
  return { cmd: "publish", topic: "a", payload, qos: 0, dup: false, retain: false };
}
