// Packets from bytes: in place and without allocation for PUBLISH and its acknowledgements, strictly for all.
import { readConnect } from "./connect-codec.ts";
import { malformed, protocolError } from "./faults.ts";
import type { Framer } from "./framing.ts";
import { Payloads } from "./payloads.ts";
import type {
  AckPacket,
  AuthPacket,
  ClientPacket,
  DisconnectPacket,
  Properties,
  PublishPacket,
  Qos,
  RequestedSubscription,
  SubscribePacket,
  UnsubscribePacket,
  Version,
} from "./packet.ts";
import { readForwarded, readProperties } from "./properties.ts";
import { Reader } from "./reader.ts";
import { reason } from "./reasons.ts";
import type { TopicNames } from "./topic-names.ts";

const nothing = Buffer.alloc(0);

/**
 * Reads the packet the framer has found; one decoder serves every connection. `mqtt-packet`'s parser is not used: it
 * keeps neither the order of user properties [MQTT-3.3.2-18] nor the difference between a truncated and a whole
 * property, so all it reads would have to be read again (docs/decisions/0020-mqtt-decoder.md).
 */
export class Decoder {
  readonly #names: TopicNames;
  readonly #payloads = new Payloads();
  readonly #publish: PublishPacket = {
    cmd: "publish",
    topic: "",
    payload: nothing,
    qos: 0,
    retain: false,
    dup: false,
    messageId: 0,
    topicAlias: 0,
    messageExpiryInterval: undefined,
    utf8: false,
    forwarded: undefined,
  };
  readonly #acks: readonly (AckPacket<"puback"> | AckPacket<"pubrec"> | AckPacket<"pubrel"> | AckPacket<"pubcomp">)[] =
    [
      { cmd: "puback", messageId: 0, reasonCode: 0 },
      { cmd: "pubrec", messageId: 0, reasonCode: 0 },
      { cmd: "pubrel", messageId: 0, reasonCode: 0 },
      { cmd: "pubcomp", messageId: 0, reasonCode: 0 },
    ];

  constructor(names: TopicNames) {
    this.#names = names;
  }

  /** Throws a PacketFault for anything MQTT forbids. A PUBLISH or acknowledgement is overwritten by the next. */
  decode(frame: Framer, version: Version): ClientPacket {
    const type = frame.first >> 4;
    if (type === 3) return this.#readPublish(frame, version);
    if (type >= 4 && type <= 7) return this.#readAck(frame, version);
    if (type === 12) {
      if (frame.start !== frame.end) throw malformed("PINGREQ with a body");
      return pingreq;
    }
    const reader = new Reader(frame.buffer, frame.start, frame.end);
    const packet = readOther(type, reader, version);
    if (!reader.done) throw malformed("bytes after the end of the packet");
    return packet;
  }

  #readPublish(frame: Framer, version: Version): PublishPacket {
    const { first, buffer, end } = frame;
    const packet = this.#publish;
    let at = frame.start;
    packet.dup = (first & 0x08) !== 0;
    packet.qos = ((first >> 1) & 3) as Qos;
    packet.retain = (first & 0x01) !== 0;
    if (packet.dup && packet.qos === 0 && version !== 3) throw malformed("DUP at QoS 0"); // [MQTT-3.3.1-2]
    if (at + 2 > end) throw malformed("truncated PUBLISH");
    const length = (buffer[at]! << 8) | buffer[at + 1]!;
    at += 2;
    if (at + length > end) throw malformed("truncated topic name");
    packet.topic = length === 0 ? "" : this.#names.read(buffer, at, at + length);
    at += length;
    packet.messageId = 0;
    if (packet.qos > 0) {
      if (at + 2 > end) throw malformed("truncated PUBLISH");
      packet.messageId = (buffer[at]! << 8) | buffer[at + 1]!;
      at += 2;
      if (packet.messageId === 0) throw protocolError("packet identifier 0"); // [MQTT-2.2.1-3]
    }
    packet.topicAlias = 0;
    packet.messageExpiryInterval = undefined;
    packet.utf8 = false;
    packet.forwarded = undefined;
    if (version === 5) {
      if (at === end) throw malformed("PUBLISH without property length");
      if (buffer[at] === 0) at++;
      else at = this.#readPublishProperties(buffer, at, end);
    }
    if (length === 0 && packet.topicAlias === 0) throw protocolError("empty topic name without an alias"); // [MQTT-4.7.3-1]
    packet.payload = at === end ? nothing : this.#payloads.keep(buffer, at, end);
    return packet;
  }

  #readPublishProperties(buffer: Buffer, start: number, end: number): number {
    const reader = new Reader(buffer, start, end);
    const length = reader.varint();
    const block = reader.within(length);
    const { found, forwarded } = readForwarded(block, "publish");
    this.#publish.topicAlias = found.topicAlias ?? 0;
    this.#publish.messageExpiryInterval = found.messageExpiryInterval;
    this.#publish.utf8 = found.payloadFormatIndicator === true;
    this.#publish.forwarded = forwarded;
    return reader.at;
  }

  #readAck(frame: Framer, version: Version): ClientPacket {
    const packet = this.#acks[(frame.first >> 4) - 4]!;
    const { buffer, start, end } = frame;
    const length = end - start;
    if (length < 2 || (version !== 5 && length !== 2)) throw malformed("acknowledgement of the wrong length");
    packet.messageId = (buffer[start]! << 8) | buffer[start + 1]!;
    if (packet.messageId === 0) throw protocolError("packet identifier 0");
    packet.reasonCode = reason.success;
    if (length === 2) return packet;
    packet.reasonCode = buffer[start + 2]!;
    const codes = packet.cmd === "puback" || packet.cmd === "pubrec" ? ackCodes : releaseCodes;
    if (!codes.has(packet.reasonCode)) throw protocolError("reason code that this packet cannot carry");
    if (length === 3) return packet;
    const reader = new Reader(buffer, start + 3, end);
    readProperties(reader, "ack");
    if (!reader.done) throw malformed("bytes after the end of the packet");
    return packet;
  }
}

const pingreq = { cmd: "pingreq" } as const;
/** What a client may say in PUBACK and PUBREC (0x10 is the server's, and harmless). */
const ackCodes: ReadonlySet<number> = new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]);
const releaseCodes: ReadonlySet<number> = new Set([0x00, 0x92]);
/** What a client may say in DISCONNECT (MQTT 5.0 §3.14.2.1). */
const disconnectCodes: ReadonlySet<number> = new Set([
  0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
]);

function readOther(type: number, reader: Reader, version: Version): ClientPacket {
  switch (type) {
    case 1:
      return readConnect(reader);
    case 8:
      return readSubscribe(reader, version);
    case 10:
      return readUnsubscribe(reader, version);
    case 14:
      return readDisconnect(reader, version);
    default:
      return readAuth(reader);
  }
}

function readSubscribe(reader: Reader, version: Version): SubscribePacket {
  const messageId = packetId(reader);
  const properties: Properties = version === 5 ? readProperties(reader, "subscribe") : {};
  const subscriptions: RequestedSubscription[] = [];
  while (!reader.done) {
    const filter = reader.string();
    const options = version === 3 ? reader.byte() & 3 : reader.byte(); // MQTT 3.1 §3.8: the upper six bits are not used
    const qos = options & 3;
    if (qos === 3 || (options & (version === 5 ? 0xc0 : 0xfc)) !== 0) throw malformed("subscription options"); // [MQTT-3.8.3-5]
    const retainHandling = (options >> 4) & 3;
    if (retainHandling === 3) throw protocolError("retain handling 3");
    const noLocal = (options & 0x04) !== 0;
    if (noLocal && filter.startsWith("$share/")) throw protocolError("no local on a shared subscription"); // [MQTT-3.8.3-4]
    subscriptions.push({
      filter,
      qos: qos as Qos,
      noLocal,
      retainAsPublished: (options & 0x08) !== 0,
      retainHandling: retainHandling as 0 | 1 | 2,
    });
  }
  if (subscriptions.length === 0) throw protocolError("SUBSCRIBE without a topic filter"); // [MQTT-3.8.3-2]
  return { cmd: "subscribe", messageId, subscriptions, properties };
}

function readUnsubscribe(reader: Reader, version: Version): UnsubscribePacket {
  const messageId = packetId(reader);
  if (version === 5) readProperties(reader, "unsubscribe");
  const filters: string[] = [];
  while (!reader.done) filters.push(reader.string());
  if (filters.length === 0) throw protocolError("UNSUBSCRIBE without a topic filter"); // [MQTT-3.10.3-2]
  return { cmd: "unsubscribe", messageId, filters };
}

function readDisconnect(reader: Reader, version: Version): DisconnectPacket {
  if (version !== 5 || reader.done) return { cmd: "disconnect", reasonCode: 0, properties: {} };
  const reasonCode = reader.byte();
  if (!disconnectCodes.has(reasonCode)) throw protocolError("reason code that a client's DISCONNECT cannot carry");
  const properties = reader.done ? {} : readProperties(reader, "disconnect");
  return { cmd: "disconnect", reasonCode, properties };
}

function readAuth(reader: Reader): AuthPacket {
  if (reader.done) return { cmd: "auth", reasonCode: 0, properties: {} };
  const reasonCode = reader.byte();
  // A client continues or begins again; success is the server's to say (MQTT 5.0 §3.15.2.1).
  if (reasonCode !== reason.continueAuthentication && reasonCode !== reason.reauthenticate)
    throw protocolError("AUTH reason code");
  return { cmd: "auth", reasonCode, properties: reader.done ? {} : readProperties(reader, "auth") };
}

function packetId(reader: Reader): number {
  const id = reader.uint16();
  if (id === 0) throw protocolError("packet identifier 0"); // [MQTT-2.2.1-3]
  return id;
}
