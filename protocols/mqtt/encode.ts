// Packets to bytes: PUBLISH and acknowledgements by hand, straight into the slab; the rest by `mqtt-packet`.
import type { Link } from "#core";
import { generate, type Packet } from "mqtt-packet";
import type { Outbound } from "./outbound.ts";
import type { Qos, Version } from "./packet.ts";
import { propertyId } from "./properties.ts";

/** First bytes of the acknowledgements (MQTT 5.0 §3.4–3.7). */
export const ackByte = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 } as const;
export type AckByte = (typeof ackByte)[keyof typeof ackByte];

export interface OutgoingPublish {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly dup: boolean;
  /** 0 at QoS 0. */
  readonly messageId: number;
  /** Checked property bytes that travel as they are. */
  readonly forwarded?: Uint8Array | undefined;
  readonly subscriptionIds?: readonly number[] | undefined;
  /** What is left of it, in seconds [MQTT-3.3.2-6]. */
  readonly messageExpiryS?: number | undefined;
  /** 0 or absent: none. With `topic` empty it stands for the topic. */
  readonly topicAlias?: number | undefined;
}

/** Where in the slab a packet was written, for those who get the same. */
export interface Written {
  readonly slab: Buffer;
  readonly start: number;
  readonly end: number;
  /** Offset of the packet identifier from `start`; 0 at QoS 0. */
  readonly idAt: number;
}

/** Bytes of the packet; to compare with a client's Maximum Packet Size before it is written. */
export function publishSize(publish: OutgoingPublish, version: Version): number {
  const body = bodySize(publish, version, utf8Length(publish.topic));
  return 1 + varintSize(body) + body;
}

export function writePublish(out: Outbound, link: Link, publish: OutgoingPublish, version: Version): Written {
  const { topic, payload, qos } = publish;
  const topicSize = utf8Length(topic);
  const properties = version === 5 ? propertiesSize(publish) : 0;
  const body = bodySize(publish, version, topicSize);
  const total = 1 + varintSize(body) + body;
  const start = out.room(link, total);
  const slab = out.slab;
  slab[start] = 0x30 | (publish.dup ? 8 : 0) | (qos << 1) | (publish.retain ? 1 : 0);
  let at = writeVarint(slab, start + 1, body);
  slab[at++] = topicSize >> 8;
  slab[at++] = topicSize & 0xff;
  at = writeText(slab, at, topic, topicSize);
  const idAt = qos === 0 ? 0 : at - start;
  if (qos > 0) {
    slab[at++] = publish.messageId >> 8;
    slab[at++] = publish.messageId & 0xff;
  }
  if (version === 5) at = properties === 0 ? writeByte(slab, at, 0) : writeProperties(slab, at, publish, properties);
  writeBytes(slab, at, payload);
  return { slab, start, end: start + total, idAt };
}

/** The same packet for another link: copied, with its own first byte and packet identifier. */
export function rewrite(out: Outbound, link: Link, from: Written, first: number, messageId: number): void {
  const length = from.end - from.start;
  const at = out.room(link, length);
  const slab = out.slab;
  if (slab === from.slab) slab.copyWithin(at, from.start, from.end);
  else from.slab.copy(slab, at, from.start, from.end);
  slab[at] = first;
  if (from.idAt === 0) return;
  slab[at + from.idAt] = messageId >> 8;
  slab[at + from.idAt + 1] = messageId & 0xff;
}

/** PUBACK, PUBREC, PUBREL, PUBCOMP without properties. Before 5.0 they carry no reason code: it is 0 then. */
export function writeAck(out: Outbound, link: Link, first: AckByte, messageId: number, reasonCode: number): void {
  const at = out.room(link, reasonCode === 0 ? 4 : 5);
  const slab = out.slab;
  slab[at] = first;
  slab[at + 1] = reasonCode === 0 ? 2 : 3;
  slab[at + 2] = messageId >> 8;
  slab[at + 3] = messageId & 0xff;
  if (reasonCode !== 0) slab[at + 4] = reasonCode;
}

export function writePingresp(out: Outbound, link: Link): void {
  const at = out.room(link, 2);
  out.slab[at] = 0xd0;
  out.slab[at + 1] = 0;
}

/** CONNACK, SUBACK, UNSUBACK, DISCONNECT and AUTH. */
export type OtherPacket = Extract<Packet, { cmd: "connack" | "suback" | "unsuback" | "disconnect" | "auth" }>;

export function encodeOther(packet: OtherPacket, version: Version): Buffer {
  return generate(packet, { protocolVersion: version });
}

function bodySize(publish: OutgoingPublish, version: Version, topicSize: number): number {
  const properties = version === 5 ? propertiesSize(publish) : 0;
  const head = 2 + topicSize + (publish.qos === 0 ? 0 : 2);
  return head + (version === 5 ? varintSize(properties) + properties : 0) + publish.payload.length;
}

function propertiesSize(publish: OutgoingPublish): number {
  let size = publish.forwarded?.length ?? 0;
  if (publish.messageExpiryS !== undefined) size += 5;
  if (publish.topicAlias) size += 3;
  if (publish.subscriptionIds !== undefined) for (const id of publish.subscriptionIds) size += 1 + varintSize(id);
  return size;
}

function writeProperties(slab: Buffer, start: number, publish: OutgoingPublish, size: number): number {
  let at = writeVarint(slab, start, size);
  if (publish.messageExpiryS !== undefined) {
    slab[at++] = propertyId.messageExpiryInterval;
    at = slab.writeUInt32BE(publish.messageExpiryS, at);
  }
  if (publish.topicAlias) {
    slab[at++] = propertyId.topicAlias;
    at = slab.writeUInt16BE(publish.topicAlias, at);
  }
  for (const id of publish.subscriptionIds ?? []) {
    slab[at++] = propertyId.subscriptionIdentifier;
    at = writeVarint(slab, at, id);
  }
  return publish.forwarded === undefined ? at : writeBytes(slab, at, publish.forwarded);
}

function writeByte(slab: Buffer, at: number, byte: number): number {
  slab[at] = byte;
  return at + 1;
}

function writeVarint(slab: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) slab[at++] = (rest & 0x7f) | 0x80;
  slab[at++] = rest;
  return at;
}

export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x200000 ? 3 : 4;
}

/** Short runs by hand: a call into native code costs more than forty bytes. */
const byHand = 48;

function writeBytes(slab: Buffer, at: number, bytes: Uint8Array): number {
  if (bytes.length > byHand) slab.set(bytes, at);
  else for (let i = 0; i < bytes.length; i++) slab[at + i] = bytes[i]!;
  return at + bytes.length;
}

function writeText(slab: Buffer, at: number, text: string, size: number): number {
  if (size !== text.length || size > byHand) slab.write(text, at, size, "utf8");
  else for (let i = 0; i < size; i++) slab[at + i] = text.charCodeAt(i);
  return at + size;
}

/** As Buffer.byteLength, without leaving JavaScript for short ASCII. */
function utf8Length(text: string): number {
  if (text.length > byHand) return Buffer.byteLength(text);
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text);
  return text.length;
}
