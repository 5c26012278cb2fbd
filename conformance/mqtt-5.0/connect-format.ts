// §3.1.2, §3.1.3: what a CONNECT must look like. Each statement binds the client; [MQTT-3.1.4-1] has the server mind it.
import assert from "node:assert/strict";
import { frame, u16, utf8, varint } from "../clients/mqtt-bytes.ts";
import { refusesConnect, type Spoilt } from "../mqtt-checks/connect-format.ts";
import { requirement } from "./requirement.ts";

const statements: readonly (readonly [clause: string, quote: string, what: Spoilt])[] = [
  [
    "[MQTT-3.1.2-9]",
    "If the Will Flag is set to 1, the Will Properties, Will Topic, and Will Payload fields MUST be present in the Payload.",
    "a will announced that is not there",
  ],
  [
    "[MQTT-3.1.2-11]",
    "If the Will Flag is set to 0, then the Will QoS MUST be set to 0 (0x00).",
    "will QoS without a will",
  ],
  [
    "[MQTT-3.1.2-12]",
    "If the Will Flag is set to 1, the value of Will QoS can be 0 (0x00), 1 (0x01), or 2 (0x02). A value of 3 (0x03) is a Malformed Packet.",
    "will QoS 3",
  ],
  ["[MQTT-3.1.2-13]", "If the Will Flag is set to 0, then Will Retain MUST be set to 0.", "will retain without a will"],
  [
    "[MQTT-3.1.2-16]",
    "If the User Name Flag is set to 0, a User Name MUST NOT be present in the Payload.",
    "a user name that was not announced",
  ],
  [
    "[MQTT-3.1.2-17]",
    "If the User Name Flag is set to 1, a User Name MUST be present in the Payload.",
    "a user name announced that is not there",
  ],
  [
    "[MQTT-3.1.2-18]",
    "If the Password Flag is set to 0, a Password MUST NOT be present in the Payload.",
    "a password that was not announced",
  ],
  [
    "[MQTT-3.1.2-19]",
    "If the Password Flag is set to 1, a Password MUST be present in the Payload.",
    "a password announced that is not there",
  ],
  [
    "[MQTT-3.1.3-1]",
    "The fields of the Payload, if present, MUST appear in the order Client Identifier, Will Properties, Will Topic, Will Payload, User Name, Password.",
    "fields in another order",
  ],
  [
    "[MQTT-3.1.3-3]",
    "The ClientID MUST be present and is the first field in the CONNECT packet Payload.",
    "no client identifier",
  ],
  ["[MQTT-3.1.3-4]", "The ClientID MUST be a UTF-8 Encoded String.", "a client identifier that is no UTF-8"],
  ["[MQTT-3.1.3-11]", "The Will Topic MUST be a UTF-8 Encoded String.", "a will topic that is no UTF-8"],
  ["[MQTT-3.1.3-12]", "The User Name MUST be a UTF-8 Encoded String.", "a user name that is no UTF-8"],
];

describe("MQTT 5.0 the form of CONNECT", () => {
  for (const [clause, quote, what] of statements) {
    requirement(clause, quote, (t) => refusesConnect(t, what));
  }

  requirement(
    "[MQTT-3.1.2-1]",
    'The protocol name MUST be the UTF-8 String "MQTT". If the Server does not want to accept the CONNECT, and wishes to reveal that it is an MQTT Server it MAY send a CONNACK packet with Reason Code of 0x84 (Unsupported Protocol Version), and then it MUST close the Network Connection.',
    async (t) => {
      for (const protocol of ["mqtt", "MQTT ", "MQTX", ""]) {
        const client = await t.open();
        client.send(t.hello({ protocol }));

        await client.closed();
        assert.ok(
          client.waiting.every((packet) => packet.code === 0x84 || packet.code === 0x01),
          `accepted "${protocol}"`,
        );
      }
    },
  );

  // Each is a Protocol Error or a Malformed Packet by its own section; the server closes, and may say so.
  for (const [section, what, bytes] of [
    ["§3.1.2.11.2", "Session Expiry Interval twice", [0x11, 0, 0, 0, 1, 0x11, 0, 0, 0, 1]],
    ["§3.1.2.11.3", "Receive Maximum twice", [0x21, 0, 1, 0x21, 0, 1]],
    ["§3.1.2.11.3", "Receive Maximum 0", [0x21, 0, 0]],
    ["§3.1.2.11.4", "Maximum Packet Size twice", [0x27, 0, 0, 4, 0, 0x27, 0, 0, 4, 0]],
    ["§3.1.2.11.4", "Maximum Packet Size 0", [0x27, 0, 0, 0, 0]],
    ["§3.1.2.11.5", "Topic Alias Maximum twice", [0x22, 0, 1, 0x22, 0, 1]],
    ["§3.1.2.11.6", "Request Response Information 2", [0x19, 2]],
    ["§3.1.2.11.6", "Request Response Information twice", [0x19, 1, 0x19, 1]],
    ["§3.1.2.11.7", "Request Problem Information 2", [0x17, 2]],
    ["§3.1.2.11.7", "Request Problem Information twice", [0x17, 1, 0x17, 1]],
    ["§3.1.2.11.9", "Authentication Method twice", [0x15, 0, 1, 0x61, 0x15, 0, 1, 0x61]],
    ["§3.1.2.11.10", "Authentication Data without a method", [0x16, 0, 1, 0x61]],
  ] as const) {
    requirement(
      section,
      "It is a Protocol Error to include a property more than once, with a value that it cannot have, or without what it belongs to.",
      async (t) => {
        const login = t.target.logins[0];
        const client = await t.open();
        client.send(
          frame(
            0x10,
            utf8("MQTT"),
            Buffer.from([5, 0x02 | (login === undefined ? 0 : 0xc0), 0, 60]),
            varint(bytes.length),
            Buffer.from(bytes),
            utf8(t.name()),
            ...(login === undefined ? [] : [utf8(login.user), utf8(login.password)]),
          ),
        );

        await client.closed();
        assert.ok(
          client.waiting.every((packet) => packet.kind === "connack" && packet.code >= 0x80),
          "accepted",
        );
        await (await t.connect()).ping();
      },
      { about: what },
    );
  }

  requirement(
    "[MQTT-1.5.7-1]",
    "Both strings of a UTF-8 String Pair MUST comply with the requirements for UTF-8 Encoded Strings.",
    async (t) => {
      for (const pair of [
        [Buffer.from([0, 1, 0xff]), utf8("v")],
        [utf8("k"), Buffer.from([0, 1, 0])],
      ]) {
        const client = await t.connect();
        const property = Buffer.concat([Buffer.from([0x26]), ...pair]);

        client.send(frame(0x30, utf8(t.topic()), varint(property.length), property));

        await t.refuses(client, 0x81, 0x82, 0x99);
      }
    },
  );

  requirement(
    "[MQTT-1.5.5-1]",
    "The encoded value of a Variable Byte Integer MUST use the minimum number of bytes necessary to represent the value.",
    async (t) => {
      const client = await t.connect();

      // A property length of 0 in two bytes.
      client.send(frame(0x82, u16(1), Buffer.from([0x80, 0x00]), utf8(t.topic()), Buffer.from([0])));

      await t.refuses(client, 0x81, 0x82);
    },
  );

  requirement(
    "[MQTT-1.5.5-1]",
    "The encoded value of a Variable Byte Integer MUST use the minimum number of bytes necessary to represent the value.",
    async (t) => {
      const client = await t.connect();

      client.send(Buffer.from([0xc0, 0x80, 0x00])); // PINGREQ

      await t.refuses(client, 0x81, 0x82);
    },
    { about: "Remaining Length" },
  );
});
