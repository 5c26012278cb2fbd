import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { once } from "node:events";
import { RawMqtt } from "../support/raw-mqtt.ts";
import { passwordOf, type Server } from "../support/server.ts";
import type { Attack } from "./attack.ts";

/** After a good CONNECT: bytes on which MQTT 5.0 disconnects with this reason code, and MQTT 3.1.1 just closes. */
const offences: readonly (readonly [title: string, bytes: readonly number[], code: number])[] = [
  ["a topic longer than its packet", [0x30, 0x05, 0x00, 0x40, 0x61, 0x62, 0x63], 0x81],
  ["a remaining length of five bytes", [0x30, 0xff, 0xff, 0xff, 0xff, 0x01], 0x81],
  ["a topic that is no UTF-8", [0x30, 0x06, 0x00, 0x02, 0xc3, 0x28, 0x00, 0x61], 0x81],
  ["a topic with U+0000", [0x30, 0x06, 0x00, 0x02, 0x61, 0x00, 0x00, 0x61], 0x81],
  ["QoS 3", [0x36, 0x07, 0x00, 0x01, 0x61, 0x00, 0x01, 0x00, 0x61], 0x81],
  ["a PUBREL with reserved flags", [0x60, 0x02, 0x00, 0x01], 0x81],
  ["a SUBSCRIBE with reserved flags", [0x80, 0x06, 0x00, 0x01, 0x00, 0x01, 0x61, 0x00], 0x81],
  ["packet type 0", [0x00, 0x00], 0x81],
  ["a PINGREQ with a body", [0xc0, 0x01, 0x00], 0x81],
];

export const mqttAttacks: readonly Attack[] = [
  ...offences.flatMap(([title, bytes, code]): Attack[] => [
    {
      title: `answers ${title} with DISCONNECT 0x${code.toString(16)} in MQTT 5.0`,
      strike: async (server) => {
        const raw = await RawMqtt.login(server, "mallory", { version: 5 });
        raw.bytes(bytes);
        const { reasonCode = 0 } = await raw.next("disconnect");
        assert.ok(reasonCode === code || reasonCode === 0x82, `reason code 0x${reasonCode.toString(16)}`);
        await raw.closed();
      },
    },
    {
      title: `closes on ${title} in MQTT 3.1.1`,
      strike: async (server) => {
        const raw = await RawMqtt.login(server, "mallory", { version: 4 });
        raw.bytes(bytes);
        await raw.closed();
      },
    },
  ]),
  {
    title: "answers a wildcard in a PUBLISH with 0x90, and never delivers it",
    strike: async (server) => {
      const raw = await RawMqtt.login(server, "mallory", { version: 5 });
      raw.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "#", qos: 0 }] });
      await raw.next("suback");
      raw.bytes([0x30, 0x07, 0x00, 0x03, 0x61, 0x2f, 0x2b, 0x00, 0x62]);
      assert.equal((await raw.next("disconnect")).reasonCode, 0x90);
      await raw.closed();
      assert.ok(!raw.packets.entries.some(({ cmd }) => cmd === "publish"));
    },
  },
  {
    title: "closes without CONNACK when the first packet is no CONNECT",
    strike: async (server) => {
      const raw = await RawMqtt.dial(server, 4);
      raw.bytes([0x30, 0x04, 0x00, 0x01, 0x61, 0x62]);
      await raw.closed();
      assert.deepEqual(raw.packets.entries, []);
    },
  },
  {
    title: "closes without CONNACK on a CONNECT that claims 268 MB",
    strike: async (server) => {
      const raw = await RawMqtt.dial(server, 4);
      raw.bytes([0x10, 0xff, 0xff, 0xff, 0x7f, 0x00, 0x04]);
      await raw.closed();
      assert.deepEqual(raw.packets.entries, []);
    },
  },
  {
    title: "closes on TLS on the plain port",
    strike: async (server) => {
      const raw = await RawMqtt.dial(server, 4);
      raw.bytes([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]);
      await raw.closed();
    },
  },
  {
    title: "answers a second CONNECT with 0x82",
    strike: async (server) => {
      const raw = await RawMqtt.login(server, "mallory", { version: 5 });
      raw.send({ cmd: "connect", protocolId: "MQTT", protocolVersion: 5, clientId: "x", clean: true, keepalive: 0 });
      assert.equal((await raw.next("disconnect")).reasonCode, 0x82);
      await raw.closed();
    },
  },
  {
    title: "answers a session expiry that is given twice with a refusal, and stays up",
    strike: async (server) => {
      const raw = await RawMqtt.dial(server, 5);
      const twice = [0x11, 0, 0, 0, 1, 0x11, 0, 0, 0, 2];
      const body = [0, 4, 0x4d, 0x51, 0x54, 0x54, 5, 2, 0, 60, twice.length, ...twice, 0, 1, 0x78];
      raw.bytes([0x10, body.length, ...body]);
      await raw.closed();
      assert.ok(raw.packets.entries.every((packet) => packet.cmd === "connack" && (packet.reasonCode ?? 0) >= 0x80));
    },
  },
  {
    title: "answers an empty Response Topic as the malformed packet it is, and stays up",
    strike: async (server) => {
      const raw = await RawMqtt.login(server, "mallory", { version: 5 });
      raw.bytes([0x30, 0x08, 0x00, 0x01, 0x61, 0x04, 0x08, 0x00, 0x01, 0x00]);
      const { reasonCode = 0 } = await raw.next("disconnect");
      assert.ok(reasonCode >= 0x80);
      await raw.closed();
    },
  },
  {
    title: "answers a topic alias of 0 with 0x94",
    strike: async (server) => {
      const raw = await RawMqtt.login(server, "mallory", { version: 5 });
      raw.bytes([0x30, 0x08, 0x00, 0x01, 0x61, 0x03, 0x23, 0x00, 0x00, 0x61]);
      const { reasonCode } = await raw.next("disconnect");
      assert.ok(reasonCode === 0x94 || reasonCode === 0x82, `reason code ${reasonCode}`);
      await raw.closed();
    },
  },
  {
    title: "answers a packet of 10 MB with 0x95",
    strike: async (server) => {
      const raw = await RawMqtt.login(server, "mallory", { version: 5 });
      raw.bytes([0x30, 0x80, 0xad, 0xe2, 0x04, 0x00, 0x01, 0x61, 0x00]);
      raw.bytes(Buffer.alloc(10_000_000));
      assert.equal((await raw.next("disconnect")).reasonCode, 0x95);
      await raw.closed();
    },
  },
  {
    title: "answers an unknown protocol level with CONNACK 0x84, or 0x01 before MQTT 5.0",
    strike: async (server) => {
      const raw = await RawMqtt.dial(server, 4);
      raw.bytes([0x10, 0x0d, 0, 4, 0x4d, 0x51, 0x54, 0x54, 9, 2, 0, 60, 0, 1, 0x78]);
      const answer = await raw.next("connack");
      assert.ok([0x84, 0x01].includes(answer.returnCode ?? answer.reasonCode ?? 0));
      await raw.closed();
    },
  },
  {
    title: "answers a wrong password and an unknown user alike, 0x86 and 0x04",
    strike: async (server) => {
      for (const user of ["mallory", "nobody-here"]) {
        assert.equal(await refusal(server, 5, user), 0x86);
        assert.equal(await refusal(server, 4, user), 0x04);
      }
    },
  },
  {
    title: "closes with 1003 on a text frame over WebSocket",
    strike: async (server) => {
      const socket = new WebSocket(server.webSocket("/mqtt"), "mqtt");
      await once(socket, "open");
      socket.send("CONNECT please");
      const [code] = await once(socket, "close");
      assert.equal(code, 1003);
    },
  },
  {
    title: "answers 400 to a WebSocket without the subprotocol mqtt",
    strike: async (server) => {
      const socket = new WebSocket(server.webSocket("/mqtt"), "wamp");
      const [error] = (await once(socket, "error")) as unknown as [Error];
      assert.match(error.message, /400/);
    },
  },
];

async function refusal(server: Server, version: 4 | 5, user: string): Promise<number | undefined> {
  const raw = await RawMqtt.dial(server, version);
  raw.send({
    cmd: "connect", protocolId: "MQTT", protocolVersion: version, clientId: "guess", clean: true, keepalive: 60,
    username: user, password: Buffer.from(`not ${passwordOf(user)}`),
  }); // prettier-ignore
  const { reasonCode, returnCode } = await raw.next("connack");
  await raw.closed();
  return version === 5 ? reasonCode : returnCode;
}
