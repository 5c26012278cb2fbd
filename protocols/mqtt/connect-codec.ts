// CONNECT from bytes (MQTT 5.0 §3.1, 3.1.1 §3.1, 3.1 §3.1): the one packet that says how all others are read.
import { malformed, PacketFault, protocolError } from "./faults.ts";
import type { ConnectPacket, Properties, Qos, Version, Will } from "./packet.ts";
import { readForwarded, readProperties } from "./properties.ts";
import type { Reader } from "./reader.ts";
import { reason } from "./reasons.ts";

export function readConnect(reader: Reader): ConnectPacket {
  const name = reader.string();
  const level = reader.byte();
  const version = versionOf(name, level);
  try {
    return readRest(reader, version, level);
  } catch (error) {
    throw error instanceof PacketFault ? new ConnectFault(error, version) : error;
  }
}

/** A CONNECT that is wrong behind its version: 5.0 may be told so [MQTT-3.1.4-1]. */
export class ConnectFault extends PacketFault {
  readonly version: Version;

  constructor(fault: PacketFault, version: Version) {
    super(fault.reasonCode, fault.message);
    this.version = version;
  }
}

function readRest(reader: Reader, version: Version, level: number): ConnectPacket {
  const flags = reader.byte();
  if ((flags & 0x01) !== 0) throw malformed("reserved CONNECT flag set"); // [MQTT-3.1.2-3]
  const keepAliveS = reader.uint16();
  const properties: Properties = version === 5 ? readProperties(reader, "connect") : {};
  const clientId = reader.string();
  const will = readWill(reader, flags, version);
  const username = (flags & 0x80) === 0 ? undefined : reader.string();
  // [MQTT-3.1.2-22] of 3.1.1; 5.0 allows a password alone.
  if (version !== 5 && (flags & 0xc0) === 0x40) throw malformed("password without a user name");
  const password = (flags & 0x40) === 0 ? undefined : reader.binary();
  const clean = (flags & 0x02) !== 0;
  if (!reader.done) throw malformed("bytes after the end of the packet");
  return {
    cmd: "connect",
    version,
    bridge: level >= 0x80,
    clean,
    keepAliveS,
    clientId,
    will,
    username,
    password,
    properties,
  };
}

/** [MQTT-3.1.2-1] [MQTT-3.1.2-2]: another name is not MQTT; another level gets its CONNACK. */
function versionOf(name: string, level: number): Version {
  const plain = level & 0x7f;
  if (name === "MQIsdp" && plain === 3) return 3;
  if (name === "MQTT" && (plain === 4 || level === 5)) return plain as Version;
  if (name !== "MQTT" && name !== "MQIsdp") throw malformed("not the protocol name of MQTT");
  throw new UnsupportedVersion();
}

export class UnsupportedVersion extends PacketFault {
  constructor() {
    super(reason.unsupportedProtocolVersion, "protocol level not spoken here");
  }
}

function readWill(reader: Reader, flags: number, version: Version): Will | undefined {
  const qos = (flags >> 3) & 3;
  const retain = (flags & 0x20) !== 0;
  if ((flags & 0x04) === 0) {
    if (qos !== 0 || retain) throw malformed("will flags without a will"); // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
    return undefined;
  }
  if (qos === 3) throw malformed("will QoS 3"); // [MQTT-3.1.2-12]
  const block = version === 5 ? reader.within(reader.varint()) : undefined;
  const { found, forwarded } = block === undefined ? { found: {}, forwarded: undefined } : readForwarded(block, "will");
  const topic = reader.string();
  if (topic === "") throw protocolError("empty topic name"); // [MQTT-4.7.3-1]
  return { topic, payload: reader.binary(), qos: qos as Qos, retain, properties: found, forwarded };
}
