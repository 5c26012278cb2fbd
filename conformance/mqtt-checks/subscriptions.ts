// SUBSCRIBE, UNSUBSCRIBE and what is delivered (3.1.1 and 5.0 §3.8, §3.10, §4.7): what holds in both versions.
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "../clients/mqtt-packets.ts";
import type { MqttKit } from "../mqtt-kit.ts";

export async function answersWithItsIdentifier(t: MqttKit): Promise<void> {
  const client = await t.connect();

  for (const id of [1, 999, 65_535]) {
    client.send(subscribe(t.version, id, [[t.topic(`${id}`), 0]]));
    assert.equal((await client.take("suback")).id, id);
    client.send(unsubscribe(t.version, id, [t.topic(`${id}`)]));
    assert.equal((await client.take("unsuback")).id, id);
  }
}

/** Many filters in one packet: as many packets, one answer. */
export async function manyFiltersAreManySubscriptions(t: MqttKit): Promise<void> {
  const [publisher, client] = [await t.connect(), await t.connect()];

  const suback = await client.subscribe([
    [t.topic("a"), 2],
    [t.topic("b"), 0],
    [t.topic("a"), 1],
  ]);

  assert.deepEqual(suback.codes, [2, 0, 1]);
  await publisher.publish({ topic: t.topic("a"), payload: "a", qos: 2 });
  await publisher.publish({ topic: t.topic("b"), payload: "b", qos: 2 });
  const got = [await client.message(), await client.message()];
  const qosOf = new Map(got.map(({ text, qos }) => [text, qos]));
  assert.deepEqual([qosOf.get("a"), qosOf.get("b")], [1, 0], "the last of the same filter counts");
}

export async function manyFiltersAreManyUnsubscriptions(t: MqttKit): Promise<void> {
  const [publisher, client] = [await t.connect(), await t.connect()];
  for (const name of ["a", "b", "c"]) await client.subscribe(t.topic(name), 1);

  client.send(unsubscribe(t.version, 77, [t.topic("a"), t.topic("never"), t.topic("b")]));

  assert.equal((await client.take("unsuback")).id, 77);
  for (const name of ["a", "b", "c"]) await publisher.publish({ topic: t.topic(name), payload: name, qos: 1 });
  assert.equal((await client.message()).text, "c");
  await client.ping();
  assert.deepEqual(client.waiting, [], "one answer, and no message of what was left");
}

/** Compared character by character: what matches the same topics is another filter all the same. */
export async function comparesCharacters(t: MqttKit): Promise<void> {
  const [publisher, client] = await t.pair(t.topic("a/+"), 1);

  await client.unsubscribe(t.topic("a/#"), t.topic("+/+"), t.topic("a/b"), t.topic("A/+"));
  await publisher.publish({ topic: t.topic("a/b"), payload: "still", qos: 1 });
  assert.equal((await client.message()).text, "still");

  await client.unsubscribe(t.topic("a/+"));
  await publisher.publish({ topic: t.topic("a/b"), payload: "no more", qos: 1 });
  await client.ping();
  assert.deepEqual(client.waiting, []);
}

export async function answersWhatWasNeverThere(t: MqttKit): Promise<void> {
  const client = await t.connect();

  client.send(unsubscribe(t.version, 4_711, [t.topic("never")]));

  assert.equal((await client.take("unsuback")).id, 4_711);
}

/** Exchanges begun go on to their end, and nothing new begins. */
export async function unsubscribingLetsExchangesEnd(t: MqttKit): Promise<void> {
  const [publisher, client] = await t.pair(t.topic(), 2);
  client.acknowledges = false;
  await publisher.publish({ topic: t.topic(), payload: "begun", qos: 2 });
  const { id } = await client.message();

  await client.unsubscribe(t.topic());
  await publisher.publish({ topic: t.topic(), payload: "too late", qos: 2 });
  client.send(Buffer.from([0x50, 2, id >> 8, id & 0xff]));

  assert.equal((await client.take("pubrel")).id, id);
  client.send(Buffer.from([0x70, 2, id >> 8, id & 0xff]));
  await client.ping();
  assert.deepEqual(client.waiting, []);
}

export async function qosIsTheLesser(t: MqttKit): Promise<void> {
  const publisher = await t.connect();
  for (const granted of [0, 1, 2]) {
    const client = await t.connect();
    const suback = await client.subscribe(t.topic(), granted);
    assert.deepEqual(suback.codes, [granted], "the QoS granted is said");
    for (const qos of [0, 1, 2]) {
      await publisher.publish({ topic: t.topic(), payload: "x", qos });
      assert.equal((await client.message()).qos, Math.min(qos, granted), `published ${qos}, granted ${granted}`);
    }
    await client.drop();
  }
}

/** A topic name that is delivered matches the filter, and is what was published. */
export async function deliversWhatMatches(t: MqttKit): Promise<void> {
  const [publisher, client] = await t.pair(t.topic("+/b/#"), 1);
  const names = ["a/b", "a/b/c", "/b/", "ä/b/c/d"];
  for (const name of ["a/c", "b", "a/a/b", "x/B/c", ...names])
    await publisher.publish({ topic: t.topic(name), payload: name, qos: 1 });

  for (const name of names) assert.equal((await client.message()).topic, t.topic(name));
  await client.ping();
  assert.deepEqual(client.waiting, []);
}

/** The longest name there can be is a name like any other. */
export async function longestTopic(t: MqttKit): Promise<void> {
  const topic = t.topic("").padEnd(65_535, "x");
  const [publisher, client] = await t.pair(topic, 0);

  publisher.send(Buffer.alloc(0));
  await publisher.publish({ topic, payload: "far" });

  // A server may have a shorter limit of its own (§4.7.3); then it says so, and nobody gets half a name.
  const outcome = await Promise.any([
    client.message().then((message) => message.topic),
    publisher.closed().then(() => "refused"),
    client.closed().then(() => "refused"),
  ]);
  assert.ok(outcome === topic || outcome === "refused");
}

/** Retained messages come behind the answer: the next packet a client reads is the one it waits for. */
export async function answersBeforeWhatItBrings(t: MqttKit): Promise<void> {
  const publisher = await t.connect();
  for (const qos of [0, 1, 2]) await t.retain(publisher, t.topic(`kept/${qos}`), "kept", qos);
  await publisher.ping();

  for (const options of [{}, t.lasting()]) {
    const client = await t.connect(options);
    client.send(subscribe(t.version, 7, [[t.topic("kept/#"), 2]]));

    assert.equal((await client.next()).kind, "suback");
    for (let n = 0; n < 3; n++) assert.equal((await client.message()).text, "kept");
  }
}
