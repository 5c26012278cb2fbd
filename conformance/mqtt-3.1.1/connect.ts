// §3.1 CONNECT and §3.2 CONNACK.
import assert from "node:assert/strict";
import { connect, pingreq, publish } from "../clients/mqtt-packets.ts";
import { NotOffered } from "../requirement.ts";
import type { Login } from "../target.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 3.1.1 CONNECT", () => {
  requirement(
    "[MQTT-3.1.4-4]",
    "If CONNECT validation is successful the Server MUST acknowledge the CONNECT Packet with a CONNACK Packet containing a zero return code.",
    async (t) => {
      const client = await t.answer();

      assert.equal(client.connack.code, 0);
      assert.equal(client.connack.size, 4);
    },
  );

  requirement(
    "[MQTT-3.1.0-1]",
    "After a Network Connection is established by a Client to a Server, the first Packet sent from the Client to the Server MUST be a CONNECT Packet.",
    async (t) => {
      const client = await t.open();

      client.send(pingreq);

      await client.closed();
      assert.deepEqual(client.waiting, [], "nothing may be answered");
    },
  );

  requirement(
    "[MQTT-3.1.0-2]",
    "The Server MUST process a second CONNECT Packet sent from a Client as a protocol violation and disconnect the Client.",
    async (t) => {
      const client = await t.connect();

      client.send(t.hello());

      await client.closed();
    },
  );

  requirement(
    "[MQTT-3.1.2-1]",
    "If the protocol name is incorrect the Server MAY disconnect the Client, or it MAY continue processing the CONNECT packet in accordance with some other specification. In the latter case, the Server MUST NOT continue to process the CONNECT packet in line with this specification.",
    async (t) => {
      const client = await t.open();

      client.send(t.hello({ protocol: "MQTS" }));

      await client.closed();
      assert.ok(
        client.waiting.every((packet) => packet.code !== 0),
        "accepted",
      );
    },
  );

  requirement(
    "[MQTT-3.1.2-2]",
    "The Server MUST respond to the CONNECT Packet with a CONNACK return code 0x01 (unacceptable protocol level) and then disconnect the Client if the Protocol Level is not supported by the Server.",
    async (t) => {
      const client = await t.answer({ level: 7 });

      // A server that speaks MQTT 5 answers an unknown level as that one asks: 0x84.
      assert.ok([0x01, 0x84].includes(client.connack.code), `return code ${client.connack.code}`);
      await client.closed();
    },
  );

  requirement(
    "[MQTT-3.1.2-3]",
    "The Server MUST validate that the reserved flag in the CONNECT Control Packet is set to zero and disconnect the Client if it is not zero.",
    async (t) => {
      const client = await t.open();

      client.send(t.hello({ flags: t.target.logins.length > 0 ? 0xc3 : 0x03 }));

      await client.closed();
    },
  );

  requirement(
    "[MQTT-3.1.2-14]",
    "If the Will Flag is set to 1, the value of Will QoS can be 0 (0x00), 1 (0x01), or 2 (0x02). It MUST NOT be 3 (0x03).",
    async (t) => {
      const client = await t.open();

      client.send(t.hello({ will: { topic: t.topic(), qos: 3 } }));

      await client.closed();
    },
  );

  requirement(
    "[MQTT-3.1.2-22]",
    "If the User Name Flag is set to 0, the Password Flag MUST be set to 0.",
    async (t) => {
      const client = await t.open();

      client.send(t.hello({ user: undefined, password: "secret" }));

      await client.closed();
      assert.ok(
        client.waiting.every((packet) => packet.code !== 0),
        "accepted",
      );
    },
  );

  requirement(
    "[MQTT-3.1.3-5]",
    'The Server MUST allow ClientIds which are between 1 and 23 UTF-8 encoded bytes in length, and that contain only the characters "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".',
    async (t) => {
      for (const clientId of ["0", "abcdefghijklmnopqrstuvw", "ABCDEFGHIJKLMNOPQRSTUVW", "0123456789xyzXYZ"]) {
        await t.connect({ clientId });
      }
    },
  );

  requirement(
    "[MQTT-3.1.3-6]",
    "A Server MAY allow a Client to supply a ClientId that has a length of zero bytes, however if it does so the Server MUST treat this as a special case and assign a unique ClientId to that Client.",
    async (t) => {
      const [one, two] = [await t.connect({ clientId: "" }), await t.connect({ clientId: "" })];

      await one.ping();
      await two.ping();
    },
  );

  requirement(
    "[MQTT-3.1.3-8]",
    "If the Client supplies a zero-byte ClientId with CleanSession set to 0, the Server MUST respond to the CONNECT Packet with a CONNACK return code 0x02 (Identifier rejected) and then close the Network Connection.",
    async (t) => {
      const client = await t.open();

      client.send(emptyAndKept(t.target.logins[0]));

      assert.equal((await client.take("connack")).code, 0x02);
      await client.closed();
    },
  );

  requirement(
    "[MQTT-3.1.4-1]",
    "The Server MUST validate that the CONNECT Packet conforms to section 3.1 and close the Network Connection without sending a CONNACK if it does not conform.",
    async (t) => {
      const client = await t.open();
      const hello = t.hello();

      // The client identifier says it is longer than the packet.
      hello.writeUInt16BE(4_000, 12);
      client.send(hello);

      await client.closed();
      assert.deepEqual(client.waiting, []);
    },
  );

  requirement(
    "[MQTT-3.1.4-2]",
    "If the ClientId represents a Client already connected to the Server then the Server MUST disconnect the existing Client.",
    async (t) => {
      const clientId = t.name();
      const old = await t.connect({ clientId });

      const young = await t.connect({ clientId });

      await old.closed();
      await young.ping();
    },
  );

  requirement(
    "[MQTT-3.1.4-5]",
    "If the Server rejects the CONNECT, it MUST NOT process any data sent by the Client after the CONNECT Packet.",
    async (t) => {
      const topic = t.topic();
      const listener = await t.connect();
      await listener.subscribe(topic);
      const client = await t.open();

      client.send(t.hello({ password: "wrong", user: "nobody" }), publish(4, { topic, payload: "smuggled" }));

      assert.notEqual((await client.take("connack")).code, 0);
      await client.closed();
      await listener.publish({ topic, payload: "marker" });
      assert.equal((await listener.message()).text, "marker");
    },
    { needs: ["accounts"] },
  );

  requirement(
    "[MQTT-3.1.4-5]",
    "Clients are allowed to send further Control Packets immediately after sending a CONNECT Packet; Clients need not wait for a CONNACK Packet to arrive from the Server.",
    async (t) => {
      const topic = t.topic();
      const listener = await t.connect();
      await listener.subscribe(topic);
      const client = await t.open();

      client.send(t.hello(), publish(4, { topic, payload: "early" }), pingreq);

      assert.equal((await client.take("connack")).code, 0);
      await client.take("pingresp");
      assert.equal((await listener.message()).text, "early");
    },
    { about: "pipelined" },
  );

  requirement(
    "§3.1.2.1",
    "MQTT 3.1 (protocol name MQIsdp, level 3) is another specification, which a server may speak as well; its clients are to be served as it says.",
    async (t) => {
      const listener = await t.connect();
      await listener.subscribe(t.topic(), 2);
      const client = await t.open();
      client.send(t.hello({ protocol: "MQIsdp", level: 3 }));
      const connack = await t.answered(client, "connack");
      if (connack === undefined || connack.code === 0x01) throw new NotOffered("no MQTT 3.1");

      assert.deepEqual([connack.code, connack.sessionPresent], [0, false], "its first byte is reserved in 3.1");
      for (const qos of [0, 1, 2]) await client.publish({ topic: t.topic(), payload: `${qos}`, qos });
      for (const qos of [0, 1, 2]) assert.equal((await listener.message()).text, `${qos}`);
      assert.deepEqual((await client.subscribe(t.topic("back"), 1)).codes, [1]);
      await listener.publish({ topic: t.topic("back"), payload: "hello", qos: 1 });
      assert.equal((await client.message()).text, "hello");
    },
    { about: "MQTT 3.1" },
  );

  requirement(
    "[MQTT-3.2.0-1]",
    "The first packet sent from the Server to the Client MUST be a CONNACK Packet.",
    async (t) => {
      const topic = t.topic();
      const clientId = t.name();
      const first = await t.connect({ clientId, clean: false });
      await first.subscribe(topic, 1);
      await first.drop();
      const publisher = await t.connect();
      await publisher.publish({ topic, payload: "kept", qos: 1 });

      const client = await t.open();
      client.send(t.hello({ clientId, clean: false }));

      assert.equal((await client.next()).kind, "connack");
      assert.equal((await client.message()).text, "kept");
    },
  );

  requirement(
    "[MQTT-3.2.2-5]",
    "If a server sends a CONNACK packet containing a non-zero return code it MUST then close the Network Connection.",
    async (t) => {
      for (const wrong of [{ password: "wrong" }, { user: "nobody-of-that-name" }]) {
        const client = await t.answer(wrong);

        assert.ok([0x04, 0x05].includes(client.connack.code), `return code ${client.connack.code}`);
        assert.equal(client.connack.sessionPresent, false, "[MQTT-3.2.2-4]");
        await client.closed();
      }
    },
    { needs: ["accounts"] },
  );
});

/** Not by the kit, which would come back to tidy up after such a session. */
function emptyAndKept(login: Login | undefined): Buffer {
  return connect({ version: 4, clientId: "", clean: false, user: login?.user, password: login?.password });
}
