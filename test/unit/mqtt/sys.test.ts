import assert from "node:assert/strict";
import type { IPublishPacket } from "mqtt-packet";
import { Load } from "../../../protocols/mqtt/sys/load.ts";
import { type TestClient, TestClock, turn, World } from "./harness.ts";

function publishes(client: TestClient): Map<string, IPublishPacket> {
  const found = client.inbox.filter((packet): packet is IPublishPacket => packet.cmd === "publish");
  client.inbox.length = 0;
  return new Map(found.map((packet) => [packet.topic, packet]));
}

const textOf = (packet: IPublishPacket | undefined): string | undefined => packet?.payload.toString();

describe("$SYS", () => {
  it("gives a new subscriber the last values, retained, at QoS 0", async () => {
    const clock = new TestClock();
    await using world = await World.start({ sysIntervalS: 10, version: "1.2.3" }, { clock });
    const alice = await world.connect("alice");
    await clock.advance(10_000);

    await alice.subscribe("$SYS/#");
    await turn();

    const values = publishes(alice);
    assert.equal(textOf(values.get("$SYS/broker/version")), "trivium version 1.2.3");
    assert.equal(textOf(values.get("$SYS/broker/uptime")), "10 seconds");
    assert.equal(textOf(values.get("$SYS/broker/clients/connected")), "1");
    assert.equal(textOf(values.get("$SYS/broker/load/connections/1min")), "0.92"); // 6 a minute for 10 of 60 s
    assert.equal(values.size, 2 + 24 + 27);
    for (const { retain, qos } of values.values()) assert.deepEqual([retain, qos], [true, 0]);
  });

  it("counts what went in and out", async () => {
    const clock = new TestClock();
    await using world = await World.start({ sysIntervalS: 10 }, { clock });
    const alice = await world.connect("alice");
    await alice.subscribe("a/#");
    alice.publish("a/b", "12345", { qos: 1, messageId: 1 });
    alice.publish("a/c", "123", { retain: true });
    await turn();
    publishes(alice);
    const sent = alice.raw.reduce((sum, bytes) => sum + bytes.length, 0);
    await clock.advance(10_000);

    await alice.subscribe("$SYS/broker/#");
    await turn();

    const values = publishes(alice);
    const value = (name: string): number => Number(textOf(values.get(`$SYS/broker/${name}`)));
    assert.equal(value("publish/messages/received"), 2);
    assert.equal(value("publish/messages/sent"), 2);
    assert.equal(value("publish/bytes/received"), 8);
    assert.equal(value("publish/bytes/sent"), 8);
    assert.equal(value("messages/received"), 4); // CONNECT, SUBSCRIBE, two PUBLISH
    assert.equal(value("messages/sent"), 5); // CONNACK, SUBACK, two PUBLISH, PUBACK
    assert.equal(value("bytes/sent"), sent);
    assert.equal(value("subscriptions/count"), 1);
    assert.equal(value("retained messages/count"), 1);
    assert.equal(value("store/messages/bytes"), 3);
  });

  it("is published as it changes, to whom asks for it by name, and to no leading wildcard [MQTT-4.7.2-1]", async () => {
    const clock = new TestClock();
    await using world = await World.start({ sysIntervalS: 5 }, { clock });
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await alice.subscribe("#", "+/broker/uptime", "+/#");
    await bob.subscribe("$SYS/broker/uptime", "$SYS/broker/version");
    await turn();
    publishes(bob);

    await clock.advance(10_000);

    assert.deepEqual([...publishes(alice).keys()], []);
    const uptimes = publishes(bob);
    assert.deepEqual([...uptimes.keys()], ["$SYS/broker/uptime"]); // the version never changes
    assert.equal(uptimes.get("$SYS/broker/uptime")!.retain, false);
  });

  it("is not stored, and nobody else publishes there", async () => {
    const clock = new TestClock();
    await using world = await World.start({ sysIntervalS: 5 }, { clock });
    const alice = await world.connect("alice");
    alice.publish("$SYS/broker/version", "mine", { qos: 1, messageId: 9, retain: true });
    assert.equal(((await alice.receive("puback")) as { reasonCode: number }).reasonCode, 0x87);
    await clock.advance(10_000);

    const stored: string[] = [];
    for await (const page of world.store.retained()) stored.push(...page.map(({ topic }) => topic));
    assert.deepEqual(stored, []);
  });

  it("does not exist when its interval is 0", async () => {
    const clock = new TestClock();
    await using world = await World.start({ sysIntervalS: 0 }, { clock });
    const alice = await world.connect("alice");
    await alice.subscribe("$SYS/#");
    await clock.advance(60_000);
    assert.equal(publishes(alice).size, 0);
  });
});

describe("Load", () => {
  it("comes to what happens every minute, and forgets it again", () => {
    const load = new Load();
    for (let at = 1; at <= 600; at++) load.read(at * 50, 10);
    const [[, minute], , [, quarter]] = load.values() as [[string, string], unknown, [string, string]];
    assert.equal(minute, "300.00");
    assert.ok(Math.abs(Number(quarter) - 300) < 1, quarter);

    for (let at = 0; at < 60; at++) load.read(600 * 50, 10);
    assert.equal(load.values()[0]![1], "0.01");
  });
});
