// §3.1.3.1 Client Identifier, §3.1.2.4 Clean Start: whose session it is.
import assert from "node:assert/strict";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 5.0 client identifiers and the sessions they name", () => {
  requirement(
    "[MQTT-3.1.2-5]",
    "If a CONNECT packet is received with Clean Start set to 0 and there is a Session associated with the Client Identifier, the Server MUST resume communications with the Client based on state from the existing Session.",
    async (t) => {
      const options = t.lasting();
      const first = await t.connect(options);
      await first.subscribe(t.topic("kept"), 1, { subscriptionId: [77] });
      await first.drop();
      const publisher = await t.connect();
      await publisher.publish({ topic: t.topic("kept"), payload: "meanwhile", qos: 1 });

      const second = await t.connect(options);
      await publisher.publish({ topic: t.topic("kept"), payload: "live", qos: 1 });

      const got = [await second.message(), await second.message()];
      assert.deepEqual(
        got.map(({ text, properties }) => [text, properties.subscriptionId]),
        [
          ["meanwhile", [77]],
          ["live", [77]],
        ],
      );
    },
  );

  requirement(
    "[MQTT-3.1.2-6]",
    "If a CONNECT packet is received with Clean Start set to 0 and there is no Session associated with the Client Identifier, the Server MUST create a new Session.",
    async (t) => {
      const client = await t.connect(t.lasting());

      assert.equal(client.connack.sessionPresent, false);
      assert.deepEqual((await client.subscribe(t.topic(), 1)).codes, [1]);
    },
  );

  requirement(
    "[MQTT-3.1.3-2]",
    "The ClientID MUST be used by Clients and by Servers to identify state that they hold relating to this MQTT Session between the Client and the Server.",
    async (t) => {
      const [mine, yours] = [t.lasting(), t.lasting()];
      const first = await t.connect(mine);
      await first.subscribe(t.topic(), 1);
      await first.drop();

      const [other, again] = [await t.connect(yours), await t.connect(mine)];

      assert.deepEqual([other.connack.sessionPresent, again.connack.sessionPresent], [false, true]);
      await again.publish({ topic: t.topic(), payload: "x", qos: 1 });
      assert.equal((await again.message()).text, "x");
      await other.ping();
      assert.deepEqual(other.waiting, []);
    },
  );

  requirement(
    "[MQTT-3.1.3-5]",
    'The Server MUST allow ClientIDs which are between 1 and 23 UTF-8 encoded bytes in length, and that contain only the characters "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".',
    async (t) => {
      for (const clientId of ["0", "abcdefghijklmnopqrstuvw", "ABCDEFGHIJKLMNOPQRSTUVW", "0123456789xyzXYZ"]) {
        const client = await t.connect({ clientId });
        assert.equal(client.connack.properties.assignedClientId, undefined, "it has one");
      }
    },
  );

  requirement(
    "[MQTT-3.1.3-6]",
    "A Server MAY allow a Client to supply a ClientID that has a length of zero bytes, however if it does so the Server MUST treat this as a special case and assign a unique ClientID to that Client.",
    async (t) => {
      const clients = [];
      for (let n = 0; n < 3; n++) {
        const client = await t.answer({ clientId: "" });
        if (client.connack.code === 0x85) throw new NotOffered("it wants a client identifier");
        clients.push(client);
      }

      for (const client of clients) await client.ping();
      assert.equal(new Set(clients.map((client) => client.connack.properties.assignedClientId)).size, 3);
    },
  );

  requirement(
    "[MQTT-3.1.3-7]",
    "It MUST then process the CONNECT packet as if the Client had provided that unique ClientID, and MUST return the Assigned Client Identifier in the CONNACK packet.",
    async (t) => {
      const first = await t.connect({ clientId: "", properties: { sessionExpiry: 60 } });
      const clientId = first.connack.properties.assignedClientId;
      assert.ok(clientId !== undefined && clientId !== "", "no Assigned Client Identifier");
      await first.subscribe(t.topic(), 1);
      await first.drop();

      const second = await t.connect({ clientId, clean: false, properties: { sessionExpiry: 60 } });

      assert.equal(second.connack.sessionPresent, true, "its session is found by the identifier");
    },
  );

  requirement(
    "[MQTT-3.1.3-8]",
    "If the Server rejects the ClientID it MAY respond to the CONNECT packet with a CONNACK using Reason Code 0x85 (Client Identifier not valid), and then it MUST close the Network Connection.",
    async (t) => {
      const client = await t.answer({ clientId: "x".repeat(65_000) });
      if (client.connack.code === 0) throw new NotOffered("it takes any client identifier");

      assert.ok([0x85, 0x95].includes(client.connack.code), `reason code ${client.connack.code}`);
      await client.closed();
    },
  );

  requirement(
    "[MQTT-3.1.2-7]",
    "If the Will Flag is set to 1 this indicates that a Will Message MUST be stored on the Server and associated with the Session.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic("+"), 1);
      const options = t.lasting();
      const will = (name: string) => ({ topic: t.topic(name), payload: name, qos: 1, properties: { willDelay: 1 } });
      await (await t.connect({ ...options, will: will("old") })).drop();
      // The session goes on, with another will.
      await (await t.connect({ ...options, will: will("new") })).drop();

      assert.equal((await watcher.message()).text, "new");
    },
  );

  requirement(
    "[MQTT-4.1.0-1]",
    "The Client and Server MUST NOT discard the Session State while the Network Connection is open.",
    async (t) => {
      const publisher = await t.connect();
      // Its interval passes while it is connected, which is not what the interval counts.
      const client = await t.connect({ properties: { sessionExpiry: 1 } });
      await client.subscribe(t.topic(), 1);

      await new Promise((resolve) => setTimeout(resolve, 2_100));

      await publisher.publish({ topic: t.topic(), payload: "still here", qos: 1 });
      assert.equal((await client.message()).text, "still here");
    },
  );

  requirement(
    "§3.1.4",
    "Session taken over: the new Network Connection resumes the Session, and nothing that was owed to the old one is lost.",
    async (t) => {
      const options = t.lasting();
      const [publisher, old] = [await t.connect(), await t.connect(options)];
      old.acknowledges = false;
      await old.subscribe(t.topic(), 1);
      const texts = Array.from({ length: 15 }, (_, n) => `${n}`);
      for (const payload of texts) await publisher.publish({ topic: t.topic(), payload, qos: 1 });
      await old.message();

      const young = await t.connect(options);

      assert.equal(young.connack.sessionPresent, true);
      for (const text of texts) assert.equal((await young.message()).text, text);
      await old.closed();
    },
    { about: "takeover gets the whole queue" },
  );
});
