// A server as the sender of QoS 1 and QoS 2 messages (3.1.1 and 5.0 §4.3): what holds in both versions.
import assert from "node:assert/strict";
import { ack } from "../clients/mqtt-packets.ts";
import type { MqttKit } from "../mqtt-kit.ts";

/** More in flight at once than any server's smallest window, fewer than a client's. */
const some = 10;

export async function noIdentifierAtQos0(t: MqttKit): Promise<void> {
  const [publisher, subscriber] = await t.pair(t.topic(), 2);

  await publisher.publish({ topic: t.topic(), payload: "" });

  // Two bytes more would be the payload, for want of another place.
  const got = await subscriber.message();
  assert.deepEqual([got.qos, got.text], [0, ""]);
}

export async function identifierOfThePublish(t: MqttKit): Promise<void> {
  const [publisher, subscriber] = await t.pair(t.topic(), 2);
  for (const id of [1, 300, 65_535]) {
    assert.equal((await publisher.publish({ topic: t.topic(), payload: "1", qos: 1, id }))!.id, id);
    assert.equal((await publisher.publish({ topic: t.topic(), payload: "2", qos: 2, id }))!.id, id);
    await subscriber.message();
    const exactly = await subscriber.message();
    assert.equal((await subscriber.take("pubrel")).id, exactly.id);
  }
}

export async function dupNeverAtQos0(t: MqttKit): Promise<void> {
  const [publisher, subscriber] = await t.pair(t.topic(), 0);

  await publisher.publish({ topic: t.topic(), payload: "x", qos: 1, dup: true });

  const got = await subscriber.message();
  assert.deepEqual([got.qos, got.dup], [0, false]);
}

export async function dupIsNotPassedOn(t: MqttKit): Promise<void> {
  const [publisher, subscriber] = await t.pair(t.topic(), 2);
  for (const qos of [1, 2]) {
    await publisher.publish({ topic: t.topic(), payload: "x", qos, dup: true });
    assert.equal((await subscriber.message()).dup, false, `QoS ${qos}`);
  }
}

export async function unusedIdentifiers(t: MqttKit, qos: 1 | 2): Promise<void> {
  const [publisher, subscriber] = await t.pair(t.topic(), qos);
  subscriber.acknowledges = false;
  const inFlight = new Set<number>();
  for (let n = 0; n < some; n++) await publisher.publish({ topic: t.topic(), payload: `${n}`, qos });

  for (let n = 0; n < some; n++) {
    const { id } = await subscriber.message();
    assert.ok(id > 0, "packet identifier 0");
    assert.ok(!inFlight.has(id), `identifier ${id} names two messages in flight`);
    inFlight.add(id);
  }
}

export async function sentAs(t: MqttKit, qos: 1 | 2): Promise<void> {
  const [publisher, subscriber] = await t.pair(t.topic(), qos);

  await publisher.publish({ topic: t.topic(), payload: "x", qos });

  const got = await subscriber.message();
  assert.deepEqual([got.qos, got.dup, got.id > 0], [qos, false, true]);
}

/** Until PUBACK or PUBREC comes it is not done: a new connection gets it again, with its identifier and DUP. */
export async function unacknowledgedIsSentAgain(t: MqttKit, qos: 1 | 2): Promise<void> {
  const options = t.lasting();
  const first = await t.connect(options);
  first.acknowledges = false;
  await first.subscribe(t.topic(), qos);
  const publisher = await t.connect();
  await publisher.publish({ topic: t.topic(), payload: "again", qos });
  const sent = await first.message();
  await first.drop();

  const second = await t.connect(options);

  const resent = await second.message();
  assert.deepEqual([resent.text, resent.id, resent.qos, resent.dup], ["again", sent.id, qos, true]);
}

/** After PUBREL only PUBREL is sent again, and until PUBCOMP comes it is. */
export async function releaseIsSentAgain(t: MqttKit): Promise<void> {
  const options = t.lasting();
  const first = await t.connect(options);
  first.acknowledges = false;
  await first.subscribe(t.topic(), 2);
  const publisher = await t.connect();
  await publisher.publish({ topic: t.topic(), payload: "x", qos: 2 });
  const { id } = await first.message();
  first.send(ack("pubrec", id));
  assert.equal((await first.take("pubrel")).id, id);
  await first.drop();

  const second = await t.connect(options);

  assert.equal((await second.take("pubrel")).id, id);
  await second.ping();
  assert.deepEqual(second.waiting, [], "a PUBLISH after its PUBREL");
}

/** One exchange to its end, after which nothing of it comes again. */
export async function acknowledgedIsDone(t: MqttKit, qos: 1 | 2): Promise<void> {
  const options = t.lasting();
  const first = await t.connect(options);
  await first.subscribe(t.topic(), qos);
  const publisher = await t.connect();
  await publisher.publish({ topic: t.topic(), payload: "done", qos });
  await first.message();
  if (qos === 2) await first.take("pubrel");
  await first.ping();
  await first.drop();

  const second = await t.connect(options);
  await publisher.publish({ topic: t.topic(), payload: "marker", qos });

  assert.equal((await second.message()).text, "marker");
}

/** What was sent before is sent in that order again. */
export async function resentInOrder(t: MqttKit): Promise<void> {
  const options = t.lasting();
  const first = await t.connect(options);
  first.acknowledges = false;
  await first.subscribe(t.topic(), 2);
  const publisher = await t.connect();
  const texts = Array.from({ length: some }, (_, n) => `${n}`);
  for (const payload of texts) await publisher.publish({ topic: t.topic(), payload, qos: 1 + (Number(payload) % 2) });
  for (const _ of texts) await first.message();
  await first.drop();

  const second = await t.connect(options);

  for (const text of texts) assert.equal((await second.message()).text, text);
}
