import assert from "node:assert/strict";
import { PacketFault } from "../../../protocols/mqtt/faults.ts";
import { connectLimit, Framer } from "../../../protocols/mqtt/framing.ts";
import type { SubscribePacket, Version } from "../../../protocols/mqtt/packet.ts";
import { decodeAll } from "./wire.ts";

interface Refused {
  readonly what: string;
  readonly hex: string;
  readonly version?: Version;
  readonly reason: number;
}

const connect5 = (properties: string, payload = "0000"): string =>
  packet("10", `00044d515454 05 02 0000 ${withLength(properties)} ${payload}`);
const publish5 = (properties: string): string => packet("30", `000161 ${withLength(properties)} 78`);

const refused: readonly Refused[] = [
  { what: "a fourth length byte with a continuation bit", hex: "30 ff ff ff ff 7f", reason: 0x81 },
  { what: "QoS 3", hex: "36 06 0001 61 0001 78", version: 4, reason: 0x81 },
  { what: "flags on PINGREQ", hex: "c1 00", reason: 0x81 },
  { what: "PUBREL without its flags", hex: "60 02 0001", reason: 0x81 },
  { what: "DUP on SUBSCRIBE in 3.1.1", hex: "8a 06 0001 0001 61 00", version: 4, reason: 0x81 },
  { what: "packet type 0", hex: "00 00", reason: 0x81 },
  { what: "a packet only servers send", hex: "20 02 0000", reason: 0x81 },
  { what: "AUTH before 5.0", hex: "f0 00", version: 4, reason: 0x81 },
  { what: "DUP at QoS 0 [MQTT-3.3.1-2]", hex: "38 04 0001 61 78", version: 4, reason: 0x81 },
  { what: "a topic longer than the packet", hex: "30 04 0009 61 78", version: 4, reason: 0x81 },
  { what: "an ill-formed UTF-8 topic", hex: "30 05 0002 c328 78", version: 4, reason: 0x81 },
  { what: "a surrogate in a topic [MQTT-1.5.4-1]", hex: "30 05 0003 eda080", version: 4, reason: 0x81 },
  { what: "U+0000 in a topic [MQTT-1.5.4-2]", hex: "30 05 0003 610061", version: 4, reason: 0x81 },
  { what: "a wildcard in a topic [MQTT-3.3.2-2]", hex: "30 05 0003 612f23", version: 4, reason: 0x90 },
  { what: "an empty topic [MQTT-4.7.3-1]", hex: "30 02 0000", version: 4, reason: 0x82 },
  { what: "an empty topic without an alias", hex: "30 03 0000 00", reason: 0x82 },
  { what: "packet id 0 in PUBLISH [MQTT-2.2.1-3]", hex: "32 05 0001 61 0000", version: 4, reason: 0x82 },
  { what: "packet id 0 in PUBACK", hex: "40 02 0000", reason: 0x82 },
  { what: "packet id 0 in SUBSCRIBE", hex: "82 06 0000 0001 61 00", version: 4, reason: 0x82 },
  { what: "SUBSCRIBE without a filter [MQTT-3.8.3-2]", hex: "82 03 0001 00", reason: 0x82 },
  { what: "UNSUBSCRIBE without a filter [MQTT-3.10.3-2]", hex: "a2 03 0001 00", reason: 0x82 },
  { what: "reserved subscription options [MQTT-3.8.3-5]", hex: "82 07 0001 00 0001 61 40", reason: 0x81 },
  { what: "subscription QoS 3", hex: "82 06 0001 0001 61 03", version: 4, reason: 0x81 },
  { what: "retain handling 3", hex: "82 07 0001 00 0001 61 30", reason: 0x82 },
  { what: "subscription identifier 0", hex: "82 09 0001 02 0b00 0001 61 00", reason: 0x82 },
  {
    what: "no local on a shared subscription [MQTT-3.8.3-4]",
    hex: packet("82", `0001 00 000a ${Buffer.from("$share/g/x").toString("hex")} 04`),
    reason: 0x82,
  },
  { what: "a body on PINGREQ", hex: "c0 01 00", reason: 0x81 },
  { what: "an acknowledgement of three bytes in 3.1.1", hex: "40 03 000100", version: 4, reason: 0x81 },
  { what: "bytes after an acknowledgement", hex: "40 05 0001 00 00 00", reason: 0x81 },
  { what: "a reason code that PUBACK cannot carry", hex: "40 03 0001 8e", reason: 0x82 },
  { what: "bytes after DISCONNECT in 3.1.1", hex: "e0 01 00", version: 4, reason: 0x81 },
  { what: "a server's reason in DISCONNECT", hex: "e0 01 8b", reason: 0x82 },
  { what: "an unknown property", hex: publish5("7e00"), reason: 0x81 },
  { what: "a property of another packet", hex: publish5("2100ff"), reason: 0x81 },
  { what: "a subscription identifier from a client [MQTT-3.3.4-6]", hex: publish5("0b01"), reason: 0x81 },
  { what: "a truncated property", hex: publish5("0300ff61"), reason: 0x81 },
  { what: "a property length beyond the packet", hex: "30 05 000161 7f 78", reason: 0x81 },
  { what: "a property length longer than it must be [MQTT-1.5.5-1]", hex: "30 05 000161 8000", reason: 0x81 },
  { what: "topic alias 0 [MQTT-3.3.2-8]", hex: publish5("230000"), reason: 0x94 },
  { what: "payload format 2", hex: publish5("0102"), reason: 0x82 },
  { what: "a doubled content type", hex: publish5("03000161 03000161"), reason: 0x82 },
  { what: "a null response topic", hex: publish5("080000"), reason: 0x82 },
  { what: "a wildcard in a response topic [MQTT-3.3.2-14]", hex: publish5("08000123"), reason: 0x82 },
  { what: "a doubled session expiry", hex: connect5("1100000001 1100000001"), reason: 0x82 },
  { what: "receive maximum 0", hex: connect5("210000"), reason: 0x82 },
  { what: "maximum packet size 0", hex: connect5("2700000000"), reason: 0x82 },
  {
    what: "the reserved CONNECT flag [MQTT-3.1.2-3]",
    hex: packet("10", "00044d515454 04 03 0000 0000"),
    version: 4,
    reason: 0x81,
  },
  {
    what: "will QoS 3 [MQTT-3.1.2-12]",
    hex: packet("10", "00044d515454 04 1e 0000 0000 000174 0000"),
    version: 4,
    reason: 0x81,
  },
  {
    what: "will retain without a will [MQTT-3.1.2-13]",
    hex: packet("10", "00044d515454 04 22 0000 0000"),
    version: 4,
    reason: 0x81,
  },
  {
    what: "a password without a user name in 3.1.1",
    hex: packet("10", "00044d515454 04 42 0000 0000 0000"),
    version: 4,
    reason: 0x81,
  },
  { what: "bytes after CONNECT", hex: packet("10", "00044d515454 04 02 0000 0000 00"), version: 4, reason: 0x81 },
  {
    what: "another protocol name [MQTT-3.1.2-1]",
    hex: packet("10", "00044d515455 04 02 0000 0000"),
    version: 4,
    reason: 0x81,
  },
  {
    what: "an unknown protocol level [MQTT-3.1.2-2]",
    hex: packet("10", "00044d515454 06 02 0000 0000"),
    version: 4,
    reason: 0x84,
  },
];

describe("the MQTT decoder refuses", () => {
  for (const { what, hex, version = 5, reason } of refused) {
    it(`${what}: 0x${reason.toString(16)}`, () => {
      const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");

      assert.throws(
        () => decodeAll([bytes], version),
        (error) => error instanceof PacketFault && error.reasonCode === reason,
      );
    });
  }
});

describe("the MQTT decoder, of MQTT 3.1", () => {
  it("reads over flags and options that a packet has no use for, which 3.1 does not reserve", () => {
    const bytes = ["80 06 0001 0001 61 fd", "a0 05 0002 0001 61", "60 02 0003", "cf 00", "e1 00"].map((hex) =>
      Buffer.from(hex.replaceAll(" ", ""), "hex"),
    );

    const packets = decodeAll(bytes, 3);

    assert.deepEqual(
      packets.map(({ cmd }) => cmd),
      ["subscribe", "unsubscribe", "pubrel", "pingreq", "disconnect"],
    );
    const [{ subscriptions }] = packets as [SubscribePacket];
    assert.deepEqual(subscriptions, [
      { filter: "a", qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 },
    ]);
  });

  it("refuses the packets that only servers send, whatever their flags", () => {
    for (const hex of ["2000", "9003000101", "b0020001", "d000", "f000"])
      assert.throws(() => decodeAll([Buffer.from(hex, "hex")], 3), PacketFault);
  });
});

describe("the MQTT framer", () => {
  it("refuses a first packet that is no CONNECT at its first byte", () => {
    const framer = new Framer();
    framer.push(Buffer.from([0x16])); // TLS on the plain port

    assert.throws(() => framer.next(), PacketFault);
  });

  it("refuses a CONNECT of more than 64 KB at its header, and allocates nothing for it", () => {
    const framer = new Framer();
    const promised = connectLimit + 1;
    framer.push(Buffer.from([0x10, (promised & 0x7f) | 0x80, ((promised >> 7) & 0x7f) | 0x80, promised >> 14]));

    assert.throws(
      () => framer.next(),
      (error) => error instanceof PacketFault && error.reasonCode === 0x95,
    );
  });

  it("keeps memory for what has come, not for what was promised", () => {
    const framer = new Framer();
    framer.limit = Infinity;
    const before = process.memoryUsage().arrayBuffers;

    framer.push(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f, 0, 4]));

    assert.equal(framer.next(), false);
    assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024);
  });

  it("keeps bytes that came while nobody read", () => {
    const framer = new Framer();
    framer.accept = new Uint8Array(256).fill(1);
    framer.push(Buffer.from([0xc0, 0, 0xc0]));
    framer.next();
    framer.push(Buffer.from([0, 0xe0, 0]));

    assert.equal(framer.unread, 4);
    assert.deepEqual(
      [framer.next(), framer.first, framer.next(), framer.first, framer.next()],
      [true, 0xc0, true, 0xe0, false],
    );
  });
});

function withLength(hex: string): string {
  const bytes = hex.replaceAll(" ", "");
  return (bytes.length / 2).toString(16).padStart(2, "0") + bytes;
}

function packet(first: string, body: string): string {
  return first + withLength(body);
}
