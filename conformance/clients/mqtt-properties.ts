// MQTT 5 properties (§2.2.2), written and read by the letter: order kept, twins refused, nothing repaired.
import { Reader, utf8, varint } from "./mqtt-bytes.ts";

type Kind = "byte" | "u16" | "u32" | "varint" | "utf8" | "bytes" | "pair";

const table = {
  payloadFormat: [0x01, "byte"],
  messageExpiry: [0x02, "u32"],
  contentType: [0x03, "utf8"],
  responseTopic: [0x08, "utf8"],
  correlationData: [0x09, "bytes"],
  subscriptionId: [0x0b, "varint"],
  sessionExpiry: [0x11, "u32"],
  assignedClientId: [0x12, "utf8"],
  serverKeepAlive: [0x13, "u16"],
  authMethod: [0x15, "utf8"],
  authData: [0x16, "bytes"],
  requestProblemInfo: [0x17, "byte"],
  willDelay: [0x18, "u32"],
  requestResponseInfo: [0x19, "byte"],
  responseInfo: [0x1a, "utf8"],
  serverReference: [0x1c, "utf8"],
  reasonString: [0x1f, "utf8"],
  receiveMaximum: [0x21, "u16"],
  topicAliasMaximum: [0x22, "u16"],
  topicAlias: [0x23, "u16"],
  maximumQos: [0x24, "byte"],
  retainAvailable: [0x25, "byte"],
  userProperty: [0x26, "pair"],
  maximumPacketSize: [0x27, "u32"],
  wildcardAvailable: [0x28, "byte"],
  subscriptionIdsAvailable: [0x29, "byte"],
  sharedAvailable: [0x2a, "byte"],
} as const satisfies Record<string, readonly [number, Kind]>;

interface Values {
  readonly byte: number;
  readonly u16: number;
  readonly u32: number;
  readonly varint: readonly number[];
  readonly utf8: string;
  readonly bytes: Buffer;
  readonly pair: readonly (readonly [string, string])[];
}

type Name = keyof typeof table;

/** A subscription identifier and a user property may come several times, so they are lists. */
export type Properties = { readonly [N in Name]?: Values[(typeof table)[N][1]] | undefined };

export function encodeProperties(properties: Properties): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    const [id, kind] = table[name as Name];
    for (const one of kind === "pair" || kind === "varint" ? (value as readonly unknown[]) : [value])
      parts.push(Buffer.from([id]), encode(kind, one));
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(body.length), body]);
}

function encode(kind: Kind, value: unknown): Buffer {
  switch (kind) {
    case "byte":
      return Buffer.from([value as number]);
    case "u16":
    case "u32": {
      const bytes = Buffer.alloc(kind === "u16" ? 2 : 4);
      bytes.writeUIntBE(value as number, 0, bytes.length);
      return bytes;
    }
    case "varint":
      return varint(value as number);
    case "utf8":
    case "bytes":
      return utf8(value as string | Buffer);
    case "pair":
      return Buffer.concat((value as readonly [string, string]).map(utf8));
  }
}

const nameOf = new Map<number, Name>(Object.entries(table).map(([name, [id]]) => [id, name as Name]));

export function decodeProperties(reader: Reader): Properties {
  const inner = new Reader(reader.bytes(reader.varint()));
  const found: Record<string, unknown> = {};
  while (inner.left > 0) {
    const id = inner.byte();
    const name = nameOf.get(id);
    if (name === undefined) throw new Error(`property 0x${id.toString(16)} does not exist`);
    const kind = table[name][1];
    const value = decode(kind, inner);
    if (kind === "pair" || kind === "varint") ((found[name] ??= []) as unknown[]).push(value);
    else if (name in found) throw new Error(`property ${name} is there twice`);
    else found[name] = value;
  }
  return found;
}

function decode(kind: Kind, reader: Reader): unknown {
  switch (kind) {
    case "byte":
      return reader.byte();
    case "u16":
      return reader.u16();
    case "u32":
      return reader.u16() * 65_536 + reader.u16();
    case "varint":
      return reader.varint();
    case "utf8":
      return reader.utf8();
    case "bytes":
      return reader.bytes(reader.u16());
    case "pair":
      return [reader.utf8(), reader.utf8()];
  }
}
