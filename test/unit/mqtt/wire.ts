// Packets for the codec's tests: arbitraries, and what `mqtt-packet` makes of the same bytes.
import fc from "fast-check";
import { generate, type IPublishPacket, type Packet, parser } from "mqtt-packet";
import { Decoder } from "../../../protocols/mqtt/codec.ts";
import { firstBytes, Framer } from "../../../protocols/mqtt/framing.ts";
import type { ClientPacket, Version } from "../../../protocols/mqtt/packet.ts";
import { TopicNames } from "../../../protocols/mqtt/topic-names.ts";

export const version = fc.constantFrom<4 | 5>(4, 5);
export const packetId = fc.integer({ min: 1, max: 0xffff });
export const text = fc.string({ unit: "grapheme", maxLength: 40 }).filter((s) => !s.includes("\u0000"));
export const topic = text.filter((s) => s.length > 0 && !/[+#]/.test(s));
export const bytes = fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b));

export function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

/** User properties as mqtt-packet holds them: by name. (It loses their order, so each name comes once.) */
export const userProperties = fc
  .uniqueArray(
    fc.tuple(
      text.filter((name) => !/^\d+$/.test(name)),
      text.filter((s) => s !== ""),
    ),
    { selector: ([name]) => name, minLength: 1, maxLength: 4 },
  )
  .map((pairs) => Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(pairs)));

/** Drops what is undefined: mqtt-packet writes such a property as if it were there. */
export function defined<T extends object>(properties: T): T {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as T;
}

const seconds = fc.integer({ min: 0, max: 0xffffffff });
const publishProperties = fc
  .record({
    payloadFormatIndicator: optional(fc.boolean()),
    messageExpiryInterval: optional(seconds),
    topicAlias: optional(fc.integer({ min: 1, max: 0xffff })),
    responseTopic: optional(topic),
    correlationData: optional(bytes),
    userProperties: optional(userProperties),
    contentType: optional(text),
  })
  .map(defined);
const qos = fc.constantFrom<0 | 1 | 2>(0, 1, 2);
export const publish = fc
  .record({
    qos,
    dup: fc.boolean(),
    retain: fc.boolean(),
    topic,
    payload: bytes,
    messageId: packetId,
    properties: publishProperties,
  })
  .map((p) => ({ cmd: "publish", ...p, dup: p.dup && p.qos > 0 }) as IPublishPacket);
const filter = fc
  .array(fc.constantFrom("a", "+", "ж", "plant", ""), { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join("/") || "a");
export const subscribe = fc.record({
  cmd: fc.constant("subscribe" as const),
  messageId: packetId,
  subscriptions: fc.array(
    fc.record({ topic: filter, qos, nl: fc.boolean(), rap: fc.boolean(), rh: fc.constantFrom(0, 1, 2) }),
    { minLength: 1, maxLength: 5 },
  ),
  properties: fc.record({ subscriptionIdentifier: fc.integer({ min: 1, max: 268_435_455 }) }),
});
export const connect = fc.record({
  cmd: fc.constant("connect" as const),
  protocolId: fc.constant("MQTT" as const),
  protocolVersion: version,
  clean: fc.constant(true),
  clientId: text,
  keepalive: fc.integer({ min: 0, max: 0xffff }),
  username: text,
  password: bytes,
  will: optional(
    fc.record({
      topic,
      payload: bytes,
      qos,
      retain: fc.boolean(),
      properties: fc.record({ willDelayInterval: seconds, contentType: text }),
    }),
  ),
  properties: fc
    .record({
      sessionExpiryInterval: optional(seconds),
      receiveMaximum: optional(packetId),
      maximumPacketSize: optional(seconds.filter((n) => n > 0)),
      userProperties: optional(userProperties),
    })
    .map(defined),
});

export function bytesOf(packet: Packet, version: Version): Buffer {
  return generate(packet, { protocolVersion: version });
}

/** Everything our decoder finds in these bytes, copied; throws what it throws. */
export function decodeAll(chunks: readonly Buffer[], version: Version, limit = 1 << 20): ClientPacket[] {
  const framer = new Framer();
  framer.limit = limit;
  framer.accept = firstBytes[version];
  const decoder = new Decoder(new TopicNames());
  const packets: ClientPacket[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    while (framer.next()) packets.push({ ...decoder.decode(framer, version) });
  }
  return packets;
}

export function decodeOne(chunk: Buffer, version: Version): ClientPacket {
  const [packet, ...others] = decodeAll([chunk], version);
  if (packet === undefined || others.length > 0) throw new Error("not exactly one packet");
  return packet;
}

/** What mqtt-packet reads from the same bytes. */
export function parsed(chunk: Buffer, version: Version): Packet {
  let found: Packet | undefined;
  const reader = parser({ protocolVersion: version });
  reader.on("packet", (packet) => (found = packet));
  reader.on("error", (error: Error) => {
    throw error;
  });
  reader.parse(chunk);
  if (found === undefined) throw new Error("mqtt-packet found no packet");
  return found;
}

/** Cuts the bytes at the given places. */
export function cut(whole: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
  const chunks: Buffer[] = [];
  let from = 0;
  for (const place of [...places, whole.length]) {
    chunks.push(whole.subarray(from, place));
    from = place;
  }
  return chunks;
}
