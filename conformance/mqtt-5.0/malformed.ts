// §4.13 handling errors: each of these costs the connection it came on, with a code that says why, and nobody else.
import assert from "node:assert/strict";
import { frame, u16, utf8, varint } from "../clients/mqtt-bytes.ts";
import { requirement } from "./requirement.ts";

const none = varint(0);
const quote =
  "When a Server detects a Malformed Packet or Protocol Error, and a Reason Code is given in the specification, it MUST close the Network Connection.";
const topic = (...bytes: readonly number[]): Buffer => Buffer.concat([u16(bytes.length), Buffer.from(bytes)]);
const properties = (...bytes: readonly number[]): Buffer => Buffer.concat([varint(bytes.length), Buffer.from(bytes)]);

const packets: readonly (readonly [clause: string, about: string, codes: readonly number[], bytes: Buffer])[] = [
  ["[MQTT-4.13.1-1]", "a length of five bytes", [0x81], Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f])],
  ["[MQTT-3.8.3-2]", "SUBSCRIBE without a filter", [0x82, 0x81], frame(0x82, u16(1), none)],
  ["[MQTT-3.10.3-2]", "UNSUBSCRIBE without a filter", [0x82, 0x81], frame(0xa2, u16(1), none)],
  ["[MQTT-2.2.1-3]", "PUBLISH with packet identifier 0", [0x82, 0x81], frame(0x32, utf8("a"), u16(0), none)],
  [
    "[MQTT-2.2.1-3]",
    "SUBSCRIBE with packet identifier 0",
    [0x82, 0x81],
    frame(0x82, u16(0), none, utf8("a"), Buffer.from([0])),
  ],
  ["[MQTT-4.7.3-1]", "an empty topic without an alias", [0x82, 0x90, 0x81], frame(0x30, utf8(""), none)],
  ["[MQTT-3.3.1-4]", "QoS 3", [0x81, 0x82], frame(0x36, utf8("a"), u16(1), none)],
  ["[MQTT-3.8.1-1]", "SUBSCRIBE with reserved flags", [0x81], frame(0x80, u16(1), none, utf8("a"), Buffer.from([0]))],
  ["[MQTT-2.1.3-1]", "PUBACK with reserved flags", [0x81], frame(0x41, u16(1))],
  ["[MQTT-3.10.1-1]", "UNSUBSCRIBE with reserved flags", [0x81], frame(0xa0, u16(1), none, utf8("a"))],
  [
    "[MQTT-3.8.3-1]",
    "a filter that is no UTF-8",
    [0x81, 0x8f],
    frame(0x82, u16(1), none, topic(0xc3, 0x28), Buffer.from([0])),
  ],
  ["[MQTT-3.10.3-1]", "a filter that is no UTF-8", [0x81, 0x8f], frame(0xa2, u16(1), none, topic(0xc3, 0x28))],
  ["§3.3.2.3.5", "an empty response topic", [0x82, 0x81, 0x90], frame(0x30, utf8("a"), properties(0x08, 0, 0))],
  [
    "§3.3.2.3.3",
    "a message expiry twice",
    [0x82, 0x81],
    frame(0x30, utf8("a"), properties(2, 0, 0, 0, 9, 2, 0, 0, 0, 9)),
  ],
  [
    "§3.8.2.1.2",
    "a subscription identifier twice",
    [0x82, 0x81],
    frame(0x82, u16(1), properties(0x0b, 1, 0x0b, 2), utf8("a"), Buffer.from([0])),
  ],
  [
    "§3.14.2.2",
    "DISCONNECT with a server's property",
    [0x81, 0x82],
    frame(0xe0, Buffer.from([0]), properties(0x1c, 0, 1, 0x61)),
  ],
  ["§3.4.2.1", "PUBACK with a reason code it cannot have", [0x82, 0x81], frame(0x40, u16(1), Buffer.from([0x42]))],
  ["[MQTT-3.6.1-1]", "PUBREL with reserved flags", [0x81], frame(0x60, u16(1))],
  [
    "[MQTT-3.8.3-5]",
    "reserved subscription options",
    [0x81, 0x82],
    frame(0x82, u16(1), none, utf8("a"), Buffer.from([0xc0])),
  ],
  ["[MQTT-3.8.3-5]", "Retain Handling 3", [0x82, 0x81], frame(0x82, u16(1), none, utf8("a"), Buffer.from([0x30]))],
  ["[MQTT-1.5.4-1]", "a topic that is no UTF-8", [0x81, 0x90], frame(0x30, topic(0x61, 0xff), none)],
  ["[MQTT-1.5.4-1]", "a surrogate in a topic", [0x81, 0x90], frame(0x30, topic(0xed, 0xa0, 0x80), none)],
  ["[MQTT-1.5.4-2]", "U+0000 in a topic", [0x81, 0x90], frame(0x30, topic(0x61, 0), none)],
  ["[MQTT-3.3.2-2]", "# in a topic name", [0x90, 0x81, 0x82], frame(0x30, utf8("a/#"), none)],
  ["[MQTT-3.3.2-2]", "+ in a topic name", [0x90, 0x81, 0x82], frame(0x30, utf8("+/a"), none)],
  [
    "[MQTT-3.3.2-14]",
    "a wildcard in a response topic",
    [0x82, 0x81, 0x90],
    frame(0x30, utf8("a"), properties(0x08, 0, 1, 0x23)),
  ],
  ["[MQTT-2.2.2-1]", "a truncated property", [0x81, 0x82], frame(0x30, utf8("a"), varint(9), Buffer.from([0x02, 0]))],
  ["§2.2.2.2", "a property that does not exist", [0x81, 0x82], frame(0x30, utf8("a"), properties(0x7f, 0))],
  ["§2.2.2.2", "a property of another packet", [0x81, 0x82], frame(0x30, utf8("a"), properties(0x11, 0, 0, 0, 9))],
  [
    "§2.2.2.2",
    "a property twice",
    [0x82, 0x81],
    frame(0x30, utf8("a"), properties(0x02, 0, 0, 0, 9, 0x02, 0, 0, 0, 9)),
  ],
  [
    "[MQTT-3.3.4-6]",
    "a subscription identifier from a client",
    [0x81, 0x82],
    frame(0x30, utf8("a"), properties(0x0b, 1)),
  ],
  [
    "§3.8.2.1.2",
    "subscription identifier 0",
    [0x82, 0x81],
    frame(0x82, u16(1), properties(0x0b, 0), utf8("a"), Buffer.from([0])),
  ],
  ["[MQTT-4.12.0-7]", "AUTH without a method", [0x82, 0x81], frame(0xf0, Buffer.from([0x18]), none)],
  ["[MQTT-2.1.3-1]", "packet type 0", [0x81, 0x82], Buffer.from([0, 0])],
];

describe("MQTT 5.0 malformed packets", () => {
  for (const [clause, about, codes, bytes] of packets) {
    requirement(
      clause,
      quote,
      async (t) => {
        const watcher = await t.connect();
        await watcher.subscribe(t.topic(), 1);
        const culprit = await t.connect({ will: { topic: t.topic(), payload: "will", qos: 1 } });

        culprit.send(bytes);

        await t.refuses(culprit, ...codes);
        assert.equal((await watcher.message()).text, "will");
      },
      { about },
    );
  }

  requirement(
    "[MQTT-3.1.4-1]",
    "The Server MUST validate that the CONNECT packet matches the format described in section 3.1 and close the Network Connection if it does not match.",
    async (t) => {
      const spoilt = [
        // Session Expiry Interval twice; Receive Maximum 0; Request Problem Information 2; a property of PUBLISH.
        [0x11, 0, 0, 0, 1, 0x11, 0, 0, 0, 2],
        [0x21, 0, 0],
        [0x17, 2],
        [0x23, 0, 1],
      ];
      for (const bytes of spoilt) {
        const client = await t.open();
        client.send(frame(0x10, utf8("MQTT"), Buffer.from([5, 2, 0, 60]), properties(...bytes), utf8(t.name())));

        await client.closed();
        assert.ok(
          client.waiting.every((packet) => packet.code >= 0x80),
          "accepted",
        );
      }
      await (await t.connect()).ping();
    },
  );
});
