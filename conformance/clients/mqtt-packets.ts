// MQTT 3.1.1 and 5.0 control packets, as a client writes and reads them. Reading refuses whatever the standard refuses.
import { Reader, frame, u16, utf8, varint } from "./mqtt-bytes.ts";
import { decodeProperties, encodeProperties, type Properties } from "./mqtt-properties.ts";

export type Version = 4 | 5;

export interface Will {
  readonly topic: string;
  readonly payload?: string | Buffer;
  readonly qos?: number;
  readonly retain?: boolean;
  readonly properties?: Properties;
}

export interface Connect {
  readonly version: Version;
  readonly clientId: string;
  readonly clean?: boolean | undefined;
  readonly keepAlive?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | Buffer | undefined;
  readonly will?: Will | undefined;
  readonly properties?: Properties | undefined;
  /** For packets that must be refused. */
  readonly protocol?: string;
  readonly level?: number;
  readonly flags?: number;
}

export function connect(options: Connect): Buffer {
  const { version, will, user, password } = options;
  let flags = options.clean === false ? 0 : 0x02;
  if (will !== undefined) flags |= 0x04 | ((will.qos ?? 0) << 3) | (will.retain === true ? 0x20 : 0);
  if (password !== undefined) flags |= 0x40;
  if (user !== undefined) flags |= 0x80;
  const parts = [
    utf8(options.protocol ?? "MQTT"),
    Buffer.from([options.level ?? version, options.flags ?? flags]),
    u16(options.keepAlive ?? 60),
  ];
  if (version === 5) parts.push(encodeProperties(options.properties ?? {}));
  parts.push(utf8(options.clientId));
  if (will !== undefined) {
    if (version === 5) parts.push(encodeProperties(will.properties ?? {}));
    parts.push(utf8(will.topic), utf8(will.payload ?? ""));
  }
  if (user !== undefined) parts.push(utf8(user));
  if (password !== undefined) parts.push(utf8(password));
  return frame(0x10, ...parts);
}

export interface Publish {
  readonly topic: string;
  readonly payload?: string | Buffer | undefined;
  readonly qos?: number | undefined;
  readonly id?: number | undefined;
  readonly dup?: boolean | undefined;
  readonly retain?: boolean | undefined;
  readonly properties?: Properties | undefined;
}

export function publish(version: Version, packet: Publish): Buffer {
  const qos = packet.qos ?? 0;
  return frame(
    0x30 | (packet.dup === true ? 8 : 0) | (qos << 1) | (packet.retain === true ? 1 : 0),
    utf8(packet.topic),
    packet.id === undefined ? Buffer.alloc(0) : u16(packet.id),
    version === 5 ? encodeProperties(packet.properties ?? {}) : Buffer.alloc(0),
    Buffer.from(packet.payload ?? ""),
  );
}

const ackTypes = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 } as const;

export function ack(kind: keyof typeof ackTypes, id: number, code = 0): Buffer {
  return frame(ackTypes[kind], u16(id), Buffer.from(code === 0 ? [] : [code]));
}

export type Filter = readonly [filter: string, options: number];

export function subscribe(
  version: Version,
  id: number,
  filters: readonly Filter[],
  properties: Properties = {},
): Buffer {
  const head = version === 5 ? [u16(id), encodeProperties(properties)] : [u16(id)];
  return frame(0x82, ...head, ...filters.flatMap(([filter, options]) => [utf8(filter), Buffer.from([options])]));
}

export function unsubscribe(version: Version, id: number, filters: readonly string[]): Buffer {
  const head = version === 5 ? [u16(id), encodeProperties({})] : [u16(id)];
  return frame(0xa2, ...head, ...filters.map(utf8));
}

export const pingreq = Buffer.from([0xc0, 0]);

export function disconnect(version: Version, code = 0, properties: Properties = {}): Buffer {
  if (version === 4) return Buffer.from([0xe0, 0]);
  const any = Object.keys(properties).length > 0;
  return frame(
    0xe0,
    Buffer.from(code === 0 && !any ? [] : [code]),
    any ? encodeProperties(properties) : Buffer.alloc(0),
  );
}

/** MQTT 5.0 alone. */
export function auth(code: number, properties: Properties): Buffer {
  return frame(0xf0, Buffer.from([code]), encodeProperties(properties));
}

/** Any packet of a server; fields that its kind does not have are undefined. */
export interface Packet {
  readonly kind:
    | "connack"
    | "publish"
    | "puback"
    | "pubrec"
    | "pubrel"
    | "pubcomp"
    | "suback"
    | "unsuback"
    | "pingresp"
    | "disconnect"
    | "auth";
  readonly id: number;
  /** Return or reason code; codes of a SUBACK and an UNSUBACK. */
  readonly code: number;
  readonly codes: readonly number[];
  readonly sessionPresent: boolean;
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly dup: boolean;
  readonly retain: boolean;
  readonly properties: Properties;
  /** Of the whole packet. */
  readonly size: number;
}

const nothing = {
  id: 0,
  code: 0,
  codes: [],
  sessionPresent: false,
  topic: "",
  payload: Buffer.alloc(0),
  qos: 0,
  dup: false,
  retain: false,
  properties: {},
} as const;

const kinds = [
  undefined,
  undefined,
  "connack",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  undefined,
  "suback",
  undefined,
  "unsuback",
  undefined,
  "pingresp",
  "disconnect",
  "auth",
] as const;

export function decode(version: Version, first: number, body: Buffer): Packet {
  const kind = kinds[first >> 4];
  if (kind === undefined) throw new Error(`a server does not send packets of type ${first >> 4}`);
  const reader = new Reader(body);
  const flags = first & 0x0f;
  if (kind !== "publish" && flags !== (kind === "pubrel" ? 2 : 0))
    throw new Error(`${kind} has reserved flags ${flags}`);
  const packet = {
    kind,
    ...nothing,
    ...fields(version, kind, flags, reader),
    size: 1 + varint(body.length).length + body.length,
  };
  if (reader.left > 0) throw new Error(`${kind} has ${reader.left} bytes too many`);
  return packet;
}

function fields(version: Version, kind: Packet["kind"], flags: number, reader: Reader): Partial<Packet> {
  const v5 = version === 5;
  switch (kind) {
    case "connack": {
      const acknowledge = reader.byte();
      if (acknowledge > 1) throw new Error("CONNACK has reserved flags");
      const code = reader.byte();
      // Asked for a level it does not know, a server answers as the highest or the lowest that it does.
      if (code === 0x84 || code === 0x01) return { code, properties: reader.left > 0 ? decodeProperties(reader) : {} };
      return { sessionPresent: acknowledge === 1, code, properties: v5 ? decodeProperties(reader) : {} };
    }
    case "publish": {
      const qos = (flags >> 1) & 3;
      if (qos === 3) throw new Error("PUBLISH of QoS 3");
      const topic = reader.utf8();
      const id = qos > 0 ? reader.u16() : 0;
      if (qos > 0 && id === 0) throw new Error("PUBLISH with packet identifier 0");
      return {
        qos,
        topic,
        id,
        dup: (flags & 8) !== 0,
        retain: (flags & 1) !== 0,
        properties: v5 ? decodeProperties(reader) : {},
        payload: reader.rest(),
      };
    }
    case "suback":
      return { id: reader.u16(), properties: v5 ? decodeProperties(reader) : {}, codes: [...reader.rest()] };
    case "unsuback":
      return v5
        ? { id: reader.u16(), properties: decodeProperties(reader), codes: [...reader.rest()] }
        : { id: reader.u16() };
    case "pingresp":
      return {};
    case "disconnect":
    case "auth":
      if (!v5) throw new Error(`a 3.1.1 server does not send ${kind}`);
      return reasoned(reader);
    default:
      return v5 ? { id: reader.u16(), ...reasoned(reader) } : { id: reader.u16() };
  }
}

/** Reason code and properties may be left out from the end (§3.4.2.1). */
function reasoned(reader: Reader): Partial<Packet> {
  if (reader.left === 0) return {};
  const code = reader.byte();
  return reader.left === 0 ? { code } : { code, properties: decodeProperties(reader) };
}
