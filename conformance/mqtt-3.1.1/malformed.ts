// Packets that no server may accept. Each is sent by a client with a will: it costs that client its connection, nobody else.
import assert from "node:assert/strict";
import { frame, u16, utf8 } from "../clients/mqtt-bytes.ts";
import { requirement } from "./requirement.ts";

const topic = (bytes: readonly number[]): Buffer => Buffer.concat([u16(bytes.length), Buffer.from(bytes)]);

/** Bytes after a good CONNECT, the clause they break, and what they are. */
const packets: readonly (readonly [clause: string, quote: string, about: string, bytes: Buffer])[] = [
  [
    "[MQTT-2.2.2-2]",
    "If invalid flags are received, the receiver MUST close the Network Connection.",
    "PINGREQ with flags",
    Buffer.from([0xc1, 0]),
  ],
  [
    "[MQTT-3.8.1-1]",
    "Bits 3,2,1 and 0 of the fixed header of the SUBSCRIBE Control Packet are reserved and MUST be set to 0,0,1 and 0 respectively. The Server MUST treat any other value as malformed and close the Network Connection.",
    "flags 0",
    frame(0x80, u16(1), utf8("a"), Buffer.from([0])),
  ],
  [
    "[MQTT-3.10.1-1]",
    "Bits 3,2,1 and 0 of the fixed header of the UNSUBSCRIBE Control Packet are reserved and MUST be set to 0,0,1 and 0 respectively. The Server MUST treat any other value as malformed and close the Network Connection.",
    "flags 0",
    frame(0xa0, u16(1), utf8("a")),
  ],
  [
    "[MQTT-3.6.1-1]",
    "Bits 3,2,1 and 0 of the fixed header in the PUBREL Control Packet are reserved and MUST be set to 0,0,1 and 0 respectively. The Server MUST treat any other value as malformed and close the Network Connection.",
    "flags 0",
    frame(0x60, u16(1)),
  ],
  [
    "[MQTT-3.14.1-1]",
    "The Server MUST validate that reserved bits are set to zero in DISCONNECT Control Packet, and disconnect the Client if they are not zero.",
    "flags 1",
    Buffer.from([0xe1, 0]),
  ],
  [
    "[MQTT-3.8.3-3]",
    "The payload of a SUBSCRIBE packet MUST contain at least one Topic Filter / QoS pair. A SUBSCRIBE packet with no payload is a protocol violation.",
    "no filter",
    frame(0x82, u16(1)),
  ],
  [
    "[MQTT-3.8.3-4]",
    "The Server MUST treat a SUBSCRIBE packet as malformed and close the Network Connection if any of Reserved bits in the payload are non-zero, or QoS is not 0,1 or 2.",
    "QoS 3",
    frame(0x82, u16(1), utf8("a"), Buffer.from([3])),
  ],
  [
    "[MQTT-3.8.3-4]",
    "The Server MUST treat a SUBSCRIBE packet as malformed and close the Network Connection if any of Reserved bits in the payload are non-zero, or QoS is not 0,1 or 2.",
    "reserved bits",
    frame(0x82, u16(1), utf8("a"), Buffer.from([0x40])),
  ],
  [
    "[MQTT-3.10.3-2]",
    "The Payload of an UNSUBSCRIBE packet MUST contain at least one Topic Filter. An UNSUBSCRIBE packet with no payload is a protocol violation.",
    "no filter",
    frame(0xa2, u16(1)),
  ],
  [
    "[MQTT-2.3.1-1]",
    "SUBSCRIBE, UNSUBSCRIBE, and PUBLISH (in cases where QoS > 0) Control Packets MUST contain a non-zero 16-bit Packet Identifier.",
    "PUBLISH with 0",
    frame(0x32, utf8("a"), u16(0)),
  ],
  [
    "[MQTT-2.3.1-1]",
    "SUBSCRIBE, UNSUBSCRIBE, and PUBLISH (in cases where QoS > 0) Control Packets MUST contain a non-zero 16-bit Packet Identifier.",
    "SUBSCRIBE with 0",
    frame(0x82, u16(0), utf8("a"), Buffer.from([0])),
  ],
  [
    "[MQTT-3.3.1-4]",
    "A PUBLISH Packet MUST NOT have both QoS bits set to 1. If a Server or Client receives a PUBLISH Packet which has both QoS bits set to 1 it MUST close the Network Connection.",
    "QoS 3",
    frame(0x36, utf8("a"), u16(1)),
  ],
  [
    "[MQTT-3.3.2-2]",
    "The Topic Name in the PUBLISH Packet MUST NOT contain wildcard characters.",
    "#",
    frame(0x30, utf8("a/#")),
  ],
  [
    "[MQTT-3.3.2-2]",
    "The Topic Name in the PUBLISH Packet MUST NOT contain wildcard characters.",
    "+",
    frame(0x30, utf8("a/+/b")),
  ],
  [
    "[MQTT-4.7.3-1]",
    "All Topic Names and Topic Filters MUST be at least one character long.",
    "PUBLISH",
    frame(0x30, utf8("")),
  ],
  [
    "[MQTT-1.5.3-1]",
    "If a Server or Client receives a Control Packet containing ill-formed UTF-8 it MUST close the Network Connection.",
    "a lone continuation byte",
    frame(0x30, topic([0x61, 0x80])),
  ],
  [
    "[MQTT-1.5.3-1]",
    "In particular this data MUST NOT include encodings of code points between U+D800 and U+DFFF.",
    "a surrogate",
    frame(0x30, topic([0x61, 0xed, 0xa0, 0x80])),
  ],
  [
    "[MQTT-1.5.3-2]",
    "If a receiver (Server or Client) receives a Control Packet containing U+0000 it MUST close the Network Connection.",
    "NUL in a topic",
    frame(0x30, topic([0x61, 0x00, 0x62])),
  ],
  [
    "[MQTT-4.8.0-1]",
    "If either the Server or Client encounters a protocol violation, it MUST close the Network Connection on which it received that Control Packet which caused the protocol violation.",
    "packet type 0",
    Buffer.from([0x00, 0]),
  ],
  [
    "[MQTT-4.8.0-1]",
    "If either the Server or Client encounters a protocol violation, it MUST close the Network Connection on which it received that Control Packet which caused the protocol violation.",
    "packet type 15",
    Buffer.from([0xf0, 0]),
  ],
  [
    "[MQTT-4.8.0-1]",
    "If either the Server or Client encounters a protocol violation, it MUST close the Network Connection on which it received that Control Packet which caused the protocol violation.",
    "a CONNACK from a client",
    Buffer.from([0x20, 2, 0, 0]),
  ],
  [
    "[MQTT-4.8.0-1]",
    "If either the Server or Client encounters a protocol violation, it MUST close the Network Connection on which it received that Control Packet which caused the protocol violation.",
    "a topic longer than its packet",
    frame(0x30, u16(200), Buffer.from("a")),
  ],
  [
    "[MQTT-2.2.2-1]",
    'Where a flag bit is marked as "Reserved" in Table 2.2 - Flag Bits, it is reserved for future use and MUST be set to the value listed in that table.',
    "PUBACK with flags",
    frame(0x42, u16(1)),
  ],
  [
    "[MQTT-2.3.1-2]",
    "Each time a Client sends a new packet of one of these types it MUST assign it a currently unused Packet Identifier; 0 is none.",
    "UNSUBSCRIBE with 0",
    frame(0xa2, u16(0), utf8("a")),
  ],
  [
    "[MQTT-3.3.2-1]",
    "The Topic Name MUST be present as the first field in the PUBLISH Packet Variable header. It MUST be a UTF-8 encoded string.",
    "no topic name",
    frame(0x30),
  ],
  [
    "[MQTT-3.8.3-1]",
    "The Topic Filters in a SUBSCRIBE packet payload MUST be UTF-8 encoded strings as defined in Section 1.5.3.",
    "ill-formed filter",
    frame(0x82, u16(1), topic([0xc3, 0x28]), Buffer.from([0])),
  ],
  [
    "[MQTT-3.10.3-1]",
    "The Topic Filters in an UNSUBSCRIBE packet MUST be UTF-8 encoded strings as defined in Section 1.5.3, packed contiguously.",
    "ill-formed filter",
    frame(0xa2, u16(1), topic([0xc3, 0x28])),
  ],
  [
    "[MQTT-4.7.1-1]",
    "The wildcard characters can be used in Topic Filters, but MUST NOT be used within a Topic Name.",
    "a wildcard at QoS 2",
    frame(0x34, utf8("sport/+"), u16(1)),
  ],
  [
    "[MQTT-4.7.3-2]",
    "Topic Names and Topic Filters MUST NOT include the null character (Unicode U+0000).",
    "NUL in a filter",
    frame(0x82, u16(1), topic([0x61, 0x00]), Buffer.from([0])),
  ],
  [
    "§2.2.3",
    "The Remaining Length is encoded using a variable length encoding scheme; the maximum number of bytes in the Remaining Length field is four.",
    "five bytes",
    Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]),
  ],
];

describe("MQTT 3.1.1 malformed packets", () => {
  for (const [clause, quote, about, bytes] of packets) {
    requirement(
      clause,
      quote,
      async (t) => {
        const watcher = await t.connect();
        await watcher.subscribe(t.topic(), 1);
        const culprit = await t.connect({ will: { topic: t.topic(), payload: "will", qos: 1 } });

        culprit.send(bytes);

        await culprit.closed();
        assert.deepEqual(culprit.waiting, [], "nothing may be answered");
        assert.equal((await watcher.message()).text, "will", "it ended as a failure, and the others live");
      },
      { about },
    );
  }

  requirement(
    "[MQTT-3.1.4-1]",
    "The Server MUST validate that the CONNECT Packet conforms to section 3.1 and close the Network Connection without sending a CONNACK if it does not conform.",
    async (t) => {
      const client = await t.open();

      // 64 MB announced; a server that waits for them before it knows the client can be filled up by anybody.
      client.send(Buffer.from([0x10, 0x80, 0x80, 0x80, 0x20]), Buffer.alloc(1_000));

      await client.closed();
      assert.deepEqual(client.waiting, []);
    },
    { about: "an enormous CONNECT", needs: ["policy"] },
  );
});
