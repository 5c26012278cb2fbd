// §3.14 DISCONNECT, §3.12 PINGREQ, §3.1.2.10 Keep Alive, §3.2.2.3.14 Server Keep Alive.
import assert from "node:assert/strict";
import { ack, disconnect, pingreq, publish, subscribe } from "../clients/mqtt-packets.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

/** Table 3-10, those a server may send. */
const disconnectCodes: ReadonlySet<number> = new Set([
  0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
  0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
]);

describe("MQTT 5.0 DISCONNECT, PINGREQ and keep alive", () => {
  requirement(
    "[MQTT-3.14.0-1]",
    "A Server MUST NOT send a DISCONNECT until after it has sent a CONNACK with Reason Code of less than 0x80.",
    async (t) => {
      for (const bytes of [pingreq, subscribe(5, 1, [["a", 0]]), t.hello({ flags: 0xff }), disconnect(5)]) {
        const client = await t.open();
        client.send(bytes);
        await client.closed();
        assert.ok(client.waiting.every((packet) => packet.kind === "connack" && packet.code >= 0x80));
      }
    },
  );
  requirement(
    "[MQTT-3.14.1-1]",
    "The Client or Server MUST validate that reserved bits are set to 0. If they are not zero it sends a DISCONNECT packet with a Reason code of 0x81 (Malformed Packet).",
    async (t) => {
      const client = await t.connect();
      client.send(Buffer.from([0xe1, 0]));
      await t.refuses(client, 0x81);
    },
  );
  requirement(
    "[MQTT-3.14.2-1]",
    "The Client or Server sending the DISCONNECT packet MUST use one of the DISCONNECT Reason Codes.",
    async (t) => {
      for (const bytes of [t.hello(), Buffer.from([0, 0]), publish(5, { topic: "a/#" }), publish(5, { topic: "" })]) {
        const client = await t.connect();
        client.send(bytes);
        await client.closed();
        for (const packet of client.waiting)
          assert.ok(packet.kind === "disconnect" && disconnectCodes.has(packet.code), `0x${packet.code.toString(16)}`);
      }
    },
  );
  requirement(
    "[MQTT-3.14.2-2]",
    "The Session Expiry Interval MUST NOT be sent on a DISCONNECT by the Server.",
    async (t) => {
      const options = t.lasting();
      const old = await t.connect(options);
      await t.connect(options);
      await old.closed();
      for (const packet of old.waiting) assert.equal(packet.properties.sessionExpiry, undefined);
    },
    { about: "by the server" },
  );
  requirement(
    "[MQTT-3.14.4-1]",
    "After sending a DISCONNECT packet the sender MUST NOT send any more MQTT Control Packets on that Network Connection.",
    async (t) => {
      const publisher = await t.connect();
      const client = await t.connect();
      await client.subscribe(t.topic(), 0);
      client.send(t.hello(), pingreq, subscribe(5, 9, [[t.topic("b"), 0]]));
      await publisher.publish({ topic: t.topic(), payload: "late", qos: 1 });
      await client.closed();

      const at = client.waiting.findIndex((packet) => packet.kind === "disconnect");
      if (at < 0) throw new NotOffered("it closes without DISCONNECT");
      assert.equal(at, client.waiting.length - 1, "packets after DISCONNECT");
    },
  );
  requirement(
    "[MQTT-3.14.4-2]",
    "After sending a DISCONNECT packet the sender MUST close the Network Connection.",
    async (t) => {
      const client = await t.connect();
      client.send(publish(5, { topic: "a/#" }));
      await client.closed();
    },
  );
  requirement("§3.14.4", "On receipt of DISCONNECT, the receiver closes the Network Connection.", async (t) => {
    const client = await t.connect();
    client.send(disconnect(5));
    await client.closed();
    assert.deepEqual(client.waiting, []);
  });
  requirement(
    "§3.14.2.2.2",
    "If the Session Expiry Interval is absent, the Session Expiry Interval in the CONNECT packet is used; if it is present, it is the one that counts.",
    async (t) => {
      const options = t.lasting();
      for (const [sessionExpiry, present] of [
        [undefined, true],
        [30, true],
        [0, false],
      ] as const) {
        const first = await t.connect(options);
        first.send(disconnect(5, 0, sessionExpiry === undefined ? {} : { sessionExpiry }));
        await first.closed();
        const second = await t.connect(options);
        assert.equal(second.connack.sessionPresent, present, `interval ${sessionExpiry}`);
      }
    },
  );
  requirement(
    "[MQTT-3.12.4-1]",
    "The Server MUST send a PINGRESP packet in response to a PINGREQ packet.",
    async (t) => {
      const client = await t.connect();
      client.send(pingreq, pingreq, pingreq);
      for (let n = 0; n < 3; n++) await client.take("pingresp");
      await client.ping();
      assert.deepEqual(client.waiting, []);
    },
  );
  requirement(
    "[MQTT-3.1.2-22]",
    "If the Keep Alive value is non-zero and the Server does not receive an MQTT Control Packet from the Client within one and a half times the Keep Alive time period, it MUST close the Network Connection to the Client as if the network had failed.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const from = Date.now();
      const silent = await t.connect({ keepAlive: 1, will: { topic: t.topic(), payload: "silent", qos: 1 } });
      if (silent.connack.properties.serverKeepAlive !== undefined) throw new NotOffered("a keep alive of its own");

      await silent.closed(6_000);

      assert.ok(Date.now() - from >= 1_000, "before the time was up");
      assert.equal((await watcher.message()).text, "silent");
    },
  );
  requirement(
    "[MQTT-3.1.2-22]",
    "A Keep Alive value of 0 has the effect of turning off the Keep Alive mechanism; any Control Packet shows that the Client is there.",
    async (t) => {
      const [never, busy] = [await t.connect({ keepAlive: 0 }), await t.connect({ keepAlive: 1 })];
      for (let n = 0; n < 6; n++) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        busy.send(n % 2 === 0 ? publish(5, { topic: t.topic(), payload: "x" }) : ack("puback", 1));
      }
      await never.ping();
      await busy.ping();
    },
    { about: "0, and busy clients" },
  );
  requirement(
    "§3.2.2.3.14",
    "If the Server sends a Server Keep Alive on the CONNACK packet, it is that value by which it measures the Client's silence.",
    async (t) => {
      const client = await t.connect({ keepAlive: 0 });
      const seconds = client.connack.properties.serverKeepAlive;
      if (seconds === undefined || seconds > 5)
        throw new NotOffered("no keep alive of its own that is short enough to wait");
      await client.closed(seconds * 1_500 + 4_500);
    },
  );
});
