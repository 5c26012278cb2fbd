// Properties (MQTT 5.0 §2.2.2): which packet may carry which, how often, and with what values.
import { malformed, PacketFault, protocolError } from "./faults.ts";
import type { Properties } from "./packet.ts";
import { Reader } from "./reader.ts";
import { reason } from "./reasons.ts";

export type PropertyHome = "connect" | "will" | "publish" | "ack" | "subscribe" | "unsubscribe" | "disconnect" | "auth";

type Single = Exclude<keyof Properties, "userProperties">;
type Kind = "flag" | "uint16" | "uint32" | "varint" | "string" | "binary";

interface Property {
  readonly name: Single;
  readonly kind: Kind;
  readonly homes: readonly PropertyHome[];
  /** Zero is a protocol error, or has its own reason code. */
  readonly zero?: "refused" | "alias";
}

export const propertyId = {
  payloadFormatIndicator: 0x01,
  messageExpiryInterval: 0x02,
  contentType: 0x03,
  responseTopic: 0x08,
  correlationData: 0x09,
  subscriptionIdentifier: 0x0b,
  willDelayInterval: 0x18,
  topicAlias: 0x23,
  userProperty: 0x26,
} as const;

/** Of one connection, counted down, or said to the server alone: these are not forwarded. */
const ownToPacket: ReadonlySet<number> = new Set([
  propertyId.topicAlias,
  propertyId.messageExpiryInterval,
  propertyId.willDelayInterval,
]);

/** Those a server may receive (Table 2-4). */
const properties = new Map<number, Property>([
  [0x01, { name: "payloadFormatIndicator", kind: "flag", homes: ["publish", "will"] }],
  [0x02, { name: "messageExpiryInterval", kind: "uint32", homes: ["publish", "will"] }],
  [0x03, { name: "contentType", kind: "string", homes: ["publish", "will"] }],
  [0x08, { name: "responseTopic", kind: "string", homes: ["publish", "will"] }],
  [0x09, { name: "correlationData", kind: "binary", homes: ["publish", "will"] }],
  [0x0b, { name: "subscriptionIdentifier", kind: "varint", homes: ["subscribe"], zero: "refused" }],
  [0x11, { name: "sessionExpiryInterval", kind: "uint32", homes: ["connect", "disconnect"] }],
  [0x15, { name: "authenticationMethod", kind: "string", homes: ["connect", "auth"] }],
  [0x16, { name: "authenticationData", kind: "binary", homes: ["connect", "auth"] }],
  [0x17, { name: "requestProblemInformation", kind: "flag", homes: ["connect"] }],
  [0x18, { name: "willDelayInterval", kind: "uint32", homes: ["will"] }],
  [0x19, { name: "requestResponseInformation", kind: "flag", homes: ["connect"] }],
  [0x1f, { name: "reasonString", kind: "string", homes: ["ack", "disconnect", "auth"] }],
  [0x21, { name: "receiveMaximum", kind: "uint16", homes: ["connect"], zero: "refused" }],
  [0x22, { name: "topicAliasMaximum", kind: "uint16", homes: ["connect"] }],
  [0x23, { name: "topicAlias", kind: "uint16", homes: ["publish"], zero: "alias" }],
  [0x27, { name: "maximumPacketSize", kind: "uint32", homes: ["connect"], zero: "refused" }],
]);

const read: { readonly [K in Kind]: (reader: Reader) => boolean | number | string | Buffer } = {
  flag: (reader) => {
    const byte = reader.byte();
    if (byte > 1) throw protocolError("property that is neither 0 nor 1");
    return byte === 1;
  },
  uint16: (reader) => reader.uint16(),
  uint32: (reader) => reader.uint32(),
  varint: (reader) => reader.varint(),
  string: (reader) => reader.string(),
  binary: (reader) => reader.binary(),
};

/** Reads the property length and the properties, all of them checked. */
export function readProperties(reader: Reader, home: PropertyHome): Properties {
  const found: Properties = {};
  const length = reader.varint();
  if (length === 0) return found;
  const block = reader.within(length);
  while (!block.done) readProperty(block, home, found);
  return found;
}

/** Reads one property into `found`, and returns its identifier. */
export function readProperty(block: Reader, home: PropertyHome, found: Properties): number {
  const id = block.byte(); // every identifier defined so far is one byte of a variable byte integer
  if (id === propertyId.userProperty) {
    (found.userProperties ??= []).push([block.string(), block.string()]);
    return id;
  }
  const property = properties.get(id);
  if (property === undefined || !property.homes.includes(home))
    throw malformed("property unknown, or not of this packet");
  if (found[property.name] !== undefined) throw protocolError("property included more than once");
  const value = read[property.kind](block);
  if (value === 0 && property.zero === "refused") throw protocolError("property that must not be zero");
  if (value === 0 && property.zero === "alias") throw new PacketFault(reason.topicAliasInvalid, "topic alias 0"); // [MQTT-3.3.2-8]
  if (property.name === "responseTopic") checkResponseTopic(value as string);
  Object.assign(found, { [property.name]: value });
  return id;
}

/** [MQTT-3.3.2-14]; and a topic name has at least one character [MQTT-4.7.3-1]. */
function checkResponseTopic(topic: string): void {
  if (topic.length === 0 || /[+#]/.test(topic)) throw protocolError("response topic that is no topic name");
}

/** Reads a PUBLISH's or will's properties, and cuts out those that go on to subscribers as they are. */
export function readForwarded(
  block: Reader,
  home: "publish" | "will",
): { found: Properties; forwarded: Buffer | undefined } {
  const found: Properties = {};
  const { buffer, at: start, end } = block;
  const kept: Buffer[] = [];
  let from = start;
  while (!block.done) {
    const at = block.at;
    if (!ownToPacket.has(readProperty(block, home, found))) continue;
    if (at > from) kept.push(buffer.subarray(from, at));
    from = block.at;
  }
  if (end > from) kept.push(buffer.subarray(from, end));
  if (kept.length === 0) return { found, forwarded: undefined };
  return { found, forwarded: Buffer.concat(kept) };
}

/** Raw properties without those of the given identifiers; `undefined` when nothing is left. The input was checked before. */
export function without(raw: Buffer, ids: readonly number[]): Buffer | undefined {
  const kept: Buffer[] = [];
  for (const { id, bytes } of split(raw)) if (!ids.includes(id)) kept.push(bytes);
  if (kept.length === 0) return undefined;
  return kept.length === 1 ? kept[0] : Buffer.concat(kept);
}

/** Each property of a checked block, as its bytes. */
export function* split(raw: Buffer): Generator<{ readonly id: number; readonly bytes: Buffer }> {
  const block = new Reader(raw, 0, raw.length);
  while (!block.done) {
    const start = block.at;
    const id = block.byte();
    skip(block, id);
    yield { id, bytes: raw.subarray(start, block.at) };
  }
}

function skip(block: Reader, id: number): void {
  if (id === propertyId.userProperty) {
    block.binary();
    block.binary();
    return;
  }
  const kind = properties.get(id)?.kind;
  if (kind === undefined) throw malformed("property unknown");
  if (kind === "string") block.binary();
  else read[kind](block);
}

/** The value of the first user property of that name in a checked block. */
export function userProperty(raw: Buffer, name: string): string | undefined {
  for (const { id, bytes } of split(raw)) {
    if (id !== propertyId.userProperty) continue;
    const reader = new Reader(bytes, 1, bytes.length);
    if (reader.string() === name) return reader.string();
  }
  return undefined;
}

/** Response topic and correlation data (as the property's bytes) of a checked block. */
export function forwardedResponse(raw: Buffer | undefined): {
  readonly responseTopic?: string;
  readonly correlationData?: Buffer;
} {
  const found: { responseTopic?: string; correlationData?: Buffer } = {};
  for (const { id, bytes } of raw === undefined ? [] : split(raw)) {
    if (id === propertyId.responseTopic) found.responseTopic = new Reader(bytes, 1, bytes.length).string();
    if (id === propertyId.correlationData) found.correlationData = bytes;
  }
  return found;
}
