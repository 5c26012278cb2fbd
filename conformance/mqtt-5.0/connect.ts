// §3.1 CONNECT, §3.2 CONNACK and §3.14 DISCONNECT.
import assert from "node:assert/strict";
import { connect, disconnect, pingreq } from "../clients/mqtt-packets.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 5.0 CONNECT", () => {
  requirement(
    "[MQTT-3.1.4-5]",
    "The Server MUST acknowledge the CONNECT packet with a CONNACK packet containing a 0x00 (Success) Reason Code.",
    async (t) => {
      const client = await t.connect();

      assert.equal(client.connack.sessionPresent, false);
      await client.ping();
    },
  );

  requirement(
    "[MQTT-3.1.0-1]",
    "After a Network Connection is established by a Client to a Server, the first packet sent from the Client to the Server MUST be a CONNECT packet.",
    async (t) => {
      const client = await t.open();

      client.send(pingreq);

      await client.closed();
      assert.deepEqual(client.waiting, [], "[MQTT-3.14.0-1] no DISCONNECT before a CONNACK");
    },
  );

  requirement(
    "[MQTT-3.1.0-2]",
    "The Server MUST process a second CONNECT packet sent from a Client as a Protocol Error and close the Network Connection.",
    async (t) => {
      const client = await t.connect();

      client.send(t.hello());

      await t.refuses(client, 0x82);
    },
  );

  requirement(
    "[MQTT-3.1.2-2]",
    "If the Protocol Version is not 5 and the Server does not want to accept the CONNECT packet, the Server MAY send a CONNACK packet with Reason Code 0x84 (Unsupported Protocol Version) and then MUST close the Network Connection.",
    async (t) => {
      const client = await t.open();

      client.send(t.hello({ level: 9 }));

      await client.closed();
      for (const packet of client.waiting) assert.ok([0x84, 0x01].includes(packet.code), `reason code ${packet.code}`);
    },
  );

  requirement(
    "[MQTT-3.1.2-3]",
    "The Server MUST validate that the reserved flag in the CONNECT packet is set to 0.",
    async (t) => {
      const client = await t.open();

      client.send(t.hello({ flags: t.target.logins.length > 0 ? 0xc3 : 0x03 }));

      await client.closed();
      assert.ok(
        client.waiting.every((packet) => packet.code >= 0x80),
        "accepted",
      );
    },
  );

  requirement(
    "[MQTT-3.2.2-16]",
    "If the Client connects using a zero length Client Identifier, the Server MUST respond with a CONNACK containing an Assigned Client Identifier. The Assigned Client Identifier MUST be a new Client Identifier not used by any other Session currently in the Server.",
    async (t) => {
      const [one, two] = [await t.connect({ clientId: "" }), await t.connect({ clientId: "" })];

      const ids = [one, two].map((client) => client.connack.properties.assignedClientId);
      assert.ok(
        ids.every((id) => id !== undefined && id !== ""),
        `assigned: ${ids.join(", ")}`,
      );
      assert.notEqual(ids[0], ids[1]);
    },
  );

  requirement(
    "[MQTT-3.1.4-3]",
    "If the ClientID represents a Client already connected to the Server, the Server sends a DISCONNECT packet to the existing Client with Reason Code of 0x8E (Session taken over) as described in section 4.13 and MUST close the Network Connection of the existing Client.",
    async (t) => {
      const clientId = t.name();
      const old = await t.connect({ clientId });

      const young = await t.connect({ clientId });

      await t.refuses(old, 0x8e);
      await young.ping();
    },
  );

  requirement(
    "[MQTT-3.2.2-7]",
    "If a Server sends a CONNACK packet containing a Reason code of 0x80 or greater it MUST then close the Network Connection.",
    async (t) => {
      for (const wrong of [{ password: "wrong" }, { user: "nobody-of-that-name" }]) {
        const client = await t.answer(wrong);

        assert.ok([0x86, 0x87].includes(client.connack.code), `reason code ${client.connack.code}`);
        assert.equal(client.connack.sessionPresent, false, "[MQTT-3.2.2-6]");
        await client.closed();
      }
    },
    { needs: ["accounts"] },
  );

  requirement(
    "[MQTT-3.2.2-7]",
    "A wrong password and an unknown user are answered alike, so that nobody can find out names.",
    async (t) => {
      const answers = [await t.answer({ password: "wrong" }), await t.answer({ user: "nobody-of-that-name" })];

      assert.deepEqual(
        answers.map((client) => client.connack.code),
        [0x86, 0x86],
      );
      assert.deepEqual(answers[0]!.connack.properties, answers[1]!.connack.properties);
    },
    { about: "M07", needs: ["policy"] },
  );

  requirement(
    "[MQTT-4.12.0-1]",
    "If the Server does not support the Authentication Method supplied by the Client, it MAY send a CONNACK with a Reason Code of 0x8C (Bad authentication method) or 0x87 (Not Authorized) as described in section 4.13 and MUST close the Network Connection.",
    async (t) => {
      const client = await t.open();

      client.send(t.hello({ properties: { authMethod: "no-such-method" } }));

      await client.closed();
      for (const packet of client.waiting) assert.ok([0x8c, 0x87].includes(packet.code), `reason code ${packet.code}`);
    },
  );

  requirement(
    "[MQTT-3.2.2-22]",
    "If the Server does not send the Server Keep Alive, the Server MUST use the Keep Alive value set by the Client on CONNECT.",
    async (t) => {
      const client = await t.connect({ keepAlive: 1 });
      const seconds = client.connack.properties.serverKeepAlive ?? 1;

      await client.closed(seconds * 1_500 + 4_500);

      const last = client.waiting.find((packet) => packet.kind === "disconnect");
      if (last !== undefined) assert.equal(last.code, 0x8d, "Keep Alive timeout");
    },
  );

  requirement(
    "[MQTT-3.14.2-2]",
    "If the Session Expiry Interval in the CONNECT packet was zero, then it is a Protocol Error to set a non-zero Session Expiry Interval in the DISCONNECT packet sent by the Client.",
    async (t) => {
      const client = await t.connect();

      client.send(disconnect(5, 0, { sessionExpiry: 60 }));

      await t.refuses(client, 0x82);
    },
    { about: "M21" },
  );

  requirement(
    "[MQTT-3.1.2-29]",
    "The Server MUST NOT send a Reason String or User Properties on any packet other than PUBLISH, CONNACK, or DISCONNECT if the value of Request Problem Information is 0.",
    async (t) => {
      const client = await t.connect({ properties: { requestProblemInfo: 0 } });

      const suback = await client.subscribe("a/#/b").catch(() => undefined);

      for (const packet of [suback, ...client.waiting]) {
        if (packet === undefined || packet.kind === "disconnect") continue;
        assert.equal(packet.properties.reasonString, undefined);
        assert.equal(packet.properties.userProperty, undefined);
      }
    },
  );

  requirement(
    "[MQTT-3.1.4-3]",
    "One account's client must not be thrown out by another account that names the same client id.",
    async (t) => {
      const clientId = t.name();
      const live = await t.connect({ clientId });
      const login = t.target.logins[1]!;
      const other = await t.open();

      other.send(connect({ version: 5, clientId, user: login.user, password: login.password }));

      const connack = await other.take("connack");
      assert.ok([0x00, 0x85, 0x87].includes(connack.code), `reason code ${connack.code}`);
      await live.ping();
    },
    { about: "M08", needs: ["policy"] },
  );
});
