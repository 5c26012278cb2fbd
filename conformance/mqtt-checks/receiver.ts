// A server as the receiver of messages (3.1.1 and 5.0 §4.3), and the order of its acknowledgements.
import assert from "node:assert/strict";
import { ack, publish } from "../clients/mqtt-packets.ts";
import type { MqttKit } from "../mqtt-kit.ts";

export async function answersByQos(t: MqttKit): Promise<void> {
  const client = await t.connect();

  client.send(
    publish(t.version, { topic: t.topic(), payload: "0" }),
    publish(t.version, { topic: t.topic(), payload: "1", qos: 1, id: 11 }),
    publish(t.version, { topic: t.topic(), payload: "2", qos: 2, id: 12 }),
  );

  const [one, two] = [await client.take("puback"), await client.take("pubrec")];
  assert.deepEqual([one.id, two.id], [11, 12]);
  await client.ping();
  assert.deepEqual(client.waiting, [], "an answer to QoS 0");
}

/** A PUBACK says: it is mine now. */
export async function ownsWhatItAcknowledged(t: MqttKit, qos: 1 | 2): Promise<void> {
  const options = t.lasting();
  const first = await t.connect(options);
  await first.subscribe(t.topic(), qos);
  await first.drop();
  const publisher = await t.connect();

  await publisher.publish({ topic: t.topic(), payload: "owned", qos, id: 21 });
  await publisher.drop();

  const second = await t.connect(options);
  const got = await second.message();
  assert.deepEqual([got.text, got.qos], ["owned", qos]);
}

export async function usedIdentifierIsNew(t: MqttKit, qos: 1 | 2): Promise<void> {
  const [publisher, subscriber] = await t.pair(t.topic(), qos);

  for (const payload of ["one", "two"]) {
    await publisher.publish({ topic: t.topic(), payload, qos, id: 5, dup: qos === 1 && payload === "two" });
  }

  const [one, two] = [await subscriber.message(), await subscriber.message()];
  assert.deepEqual([one.text, two.text, two.dup], ["one", "two", false]);
}

/** PUBREC to each PUBLISH with an identifier not released, and one message to those who listen. */
export async function unreleasedIsNotNew(t: MqttKit): Promise<void> {
  const [publisher, subscriber] = await t.pair(t.topic(), 2);
  const twin = { topic: t.topic(), payload: "once", qos: 2, id: 9 };

  for (const dup of [false, true]) {
    publisher.send(publish(t.version, { ...twin, dup }));
    assert.equal((await publisher.take("pubrec")).id, 9);
  }
  publisher.send(ack("pubrel", 9));
  assert.equal((await publisher.take("pubcomp")).id, 9);
  await publisher.publish({ topic: t.topic(), payload: "marker", qos: 2 });

  assert.deepEqual([(await subscriber.message()).text, (await subscriber.message()).text], ["once", "marker"]);
}

/** PUBACKs in the order of their PUBLISHes, PUBRECs too, PUBCOMPs in that of their PUBRELs. */
export async function acknowledgesInOrder(t: MqttKit, kind: "puback" | "pubrec" | "pubcomp"): Promise<void> {
  const client = await t.connect();
  const ids = [9, 3, 7, 1, 8, 2];
  const qos = kind === "puback" ? 1 : 2;

  client.send(...ids.map((id) => publish(t.version, { topic: t.topic(), payload: `${id}`, qos, id })));

  const received: number[] = [];
  for (const _ of ids) received.push((await client.take(qos === 1 ? "puback" : "pubrec")).id);
  assert.deepEqual(received, ids);
  if (kind !== "pubcomp") return;
  const released = [...ids].reverse();
  client.send(...released.map((id) => ack("pubrel", id)));
  const completed: number[] = [];
  for (const _ of ids) completed.push((await client.take("pubcomp")).id);
  assert.deepEqual(completed, released);
}

/** The identifiers of a client are its own: the server's may be the same at the same time. */
export async function identifiersOfBothSides(t: MqttKit): Promise<void> {
  const client = await t.connect();
  client.acknowledges = false;
  await client.subscribe(t.topic(), 2);
  for (const payload of ["one", "two"]) await client.publish({ topic: t.topic(), payload, qos: 1 });
  const ours = [(await client.message()).id, (await client.message()).id];

  for (const id of ours) {
    client.send(publish(t.version, { topic: t.topic("other"), payload: "x", qos: 1, id }));
    assert.equal((await client.take("puback")).id, id);
  }
}

/** Any bytes are a payload, and reach those who listen unchanged. */
export async function anyBytes(t: MqttKit): Promise<void> {
  const [publisher, subscriber] = await t.pair(t.topic(), 1);
  const payload = Buffer.from(Array.from({ length: 20_000 }, (_, n) => (n * 7) & 0xff));

  await publisher.publish({ topic: t.topic(), payload, qos: 1 });

  assert.deepEqual((await subscriber.take("publish")).payload, payload);
}
