// Retained messages and wills (3.1.1 and 5.0 §3.1.2, §3.3.1.3): what holds in both versions.
import assert from "node:assert/strict";
import { disconnect } from "../clients/mqtt-packets.ts";
import type { MqttKit } from "../mqtt-kit.ts";

export async function replacesTheRetained(t: MqttKit): Promise<void> {
  const publisher = await t.connect();
  for (const [payload, qos] of [
    ["old", 2],
    ["new", 1],
  ] as const)
    await t.retain(publisher, t.topic(), payload, qos);
  const late = await t.connect();

  await late.subscribe(t.topic(), 2);

  const got = await late.message();
  assert.deepEqual([got.text, got.qos, got.retain], ["new", 1, true]);
  await late.ping();
  assert.deepEqual(late.waiting, [], "one for each topic");
}

/** An empty payload clears, and is itself not kept. */
export async function keepsNoEmptyPayload(t: MqttKit): Promise<void> {
  const publisher = await t.connect();
  await t.retain(publisher, t.topic("never"), "", 1);
  await t.retain(publisher, t.topic("once"), "x", 1);
  await t.retain(publisher, t.topic("once"), "", 1);
  const late = await t.connect();

  await late.subscribe(t.topic("#"), 1);

  await late.ping();
  assert.deepEqual(late.waiting, []);
}

export async function plainIsNotRetained(t: MqttKit): Promise<void> {
  const publisher = await t.connect();
  await t.retain(publisher, t.topic("kept"), "kept", 1);
  for (const name of ["kept", "passing"])
    for (const payload of ["passes", ""]) await publisher.publish({ topic: t.topic(name), payload, qos: 1 });
  const late = await t.connect();

  await late.subscribe(t.topic("+"), 1);

  assert.equal((await late.message()).text, "kept");
  await late.ping();
  assert.deepEqual(late.waiting, []);
}

/** 3.1.1: a QoS 0 message with RETAIN replaces, whether it is kept itself or not. */
export async function qos0Replaces(t: MqttKit): Promise<void> {
  const publisher = await t.connect();
  await t.retain(publisher, t.topic(), "old", 1);
  await t.retain(publisher, t.topic(), "new", 0);
  const late = await t.connect();

  await late.subscribe(t.topic(), 1);

  await late.ping();
  assert.ok(
    late.waiting.every((packet) => packet.payload.toString() === "new"),
    "the message before it is kept",
  );
}

export async function retainedOnlyWhenNew(t: MqttKit): Promise<void> {
  const [publisher, early] = await t.pair(t.topic(), 1);

  await t.retain(publisher, t.topic(), "x", 1);
  const late = await t.connect();
  await late.subscribe(t.topic(), 1);

  assert.deepEqual([(await early.message()).retain, (await late.message()).retain], [false, true]);
}

/** The will of a dropped client, retained or not. */
export async function willRetain(t: MqttKit, retain: boolean): Promise<void> {
  const watcher = await t.connect();
  await watcher.subscribe(t.topic(), 1);
  if (retain) await t.retain(watcher, t.topic(), "");
  if (retain) await watcher.message();
  const mortal = await t.connect({ will: { topic: t.topic(), payload: "gone", qos: 1, retain } });
  await mortal.drop();
  const live = await watcher.message();
  assert.deepEqual([live.text, live.retain], ["gone", false]);
  const late = await t.connect();

  await late.subscribe(t.topic(), 1);

  await late.ping();
  assert.deepEqual(
    late.waiting.map((packet) => [packet.payload.toString(), packet.retain]),
    retain ? [["gone", true]] : [],
  );
}

/** Once published, or taken back, a will is gone: the session's next end says nothing of it. */
export async function willIsSaidOnce(t: MqttKit): Promise<void> {
  const watcher = await t.connect();
  await watcher.subscribe(t.topic(), 1);
  const options = t.lasting();
  const first = await t.connect({ ...options, will: { topic: t.topic(), payload: "gone", qos: 1 } });
  await first.drop();
  assert.equal((await watcher.message()).text, "gone");

  const second = await t.connect(options);
  await second.drop();
  const third = await t.connect(options);
  third.send(disconnect(t.version));
  await third.closed();

  await watcher.publish({ topic: t.topic(), payload: "marker", qos: 1 });
  assert.equal((await watcher.message()).text, "marker");
}

/** Each QoS of a will is its own. */
export async function willQos(t: MqttKit): Promise<void> {
  const watcher = await t.connect();
  await watcher.subscribe(t.topic(), 2);
  for (const qos of [0, 1, 2]) {
    const mortal = await t.connect({ will: { topic: t.topic(), payload: "gone", qos } });
    await mortal.drop();
    assert.equal((await watcher.message()).qos, qos);
  }
}

/** No will, no message. */
export async function noWill(t: MqttKit): Promise<void> {
  const watcher = await t.connect();
  await watcher.subscribe(t.topic("#"), 1);
  const mortal = await t.connect();
  await mortal.publish({ topic: t.topic("alive"), payload: "alive", qos: 1 });
  await mortal.drop();

  await watcher.publish({ topic: t.topic("marker"), payload: "marker", qos: 1 });

  assert.deepEqual([(await watcher.message()).text, (await watcher.message()).text], ["alive", "marker"]);
}
