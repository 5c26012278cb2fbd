// §3.1.2.5 Will Flag, §3.1.3.2 Will Properties.
import assert from "node:assert/strict";
import { disconnect } from "../clients/mqtt-packets.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 5.0 wills", () => {
  requirement(
    "[MQTT-3.1.2-8]",
    "The Will Message MUST be published after the Network Connection is subsequently closed and either the Will Delay Interval has elapsed or the Session ends, unless the Will Message has been deleted by the Server on receipt of a DISCONNECT packet with Reason Code 0x00.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const properties = {
        contentType: "text/plain",
        userProperty: [
          ["b", "1"],
          ["a", "2"],
        ] as const,
        correlationData: Buffer.from("c"),
      };
      const mortal = await t.connect({ will: { topic: t.topic(), payload: "gone", qos: 1, properties } });

      await mortal.drop();

      const will = await watcher.message();
      assert.deepEqual(
        [will.text, will.properties.contentType, will.properties.userProperty, will.properties.correlationData],
        ["gone", "text/plain", properties.userProperty, properties.correlationData],
      );
    },
  );

  requirement(
    "[MQTT-3.14.4-3]",
    "On receipt of DISCONNECT with a Reason Code of 0x00 (Success) the Server MUST discard any Will Message associated with the current Connection without publishing it.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const mortal = await t.connect({ will: { topic: t.topic(), payload: "gone", qos: 1 } });

      mortal.send(disconnect(5));

      await mortal.closed();
      await watcher.publish({ topic: t.topic(), payload: "marker", qos: 1 });
      assert.equal((await watcher.message()).text, "marker");
    },
  );

  requirement(
    "§3.14.2.1",
    "0x04 Disconnect with Will Message: the Client wishes to disconnect but requires that the Server also publishes its Will Message.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const mortal = await t.connect({ will: { topic: t.topic(), payload: "on purpose", qos: 1 } });

      mortal.send(disconnect(5, 0x04));

      assert.equal((await watcher.message()).text, "on purpose");
    },
  );

  requirement(
    "[MQTT-3.1.3-9]",
    "If a new Network Connection to this Session is made before the Will Delay Interval has passed, the Server MUST NOT send the Will Message.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const options = { clientId: t.name(), clean: false, properties: { sessionExpiry: 60 } };
      const mortal = await t.connect({
        ...options,
        will: { topic: t.topic(), payload: "too soon", qos: 1, properties: { willDelay: 1 } },
      });
      await mortal.drop();

      await t.connect(options);
      await new Promise((resolve) => setTimeout(resolve, 1_500));

      await watcher.publish({ topic: t.topic(), payload: "marker", qos: 1 });
      assert.equal((await watcher.message()).text, "marker");
    },
  );

  requirement(
    "[MQTT-3.1.2-8]",
    "The Will Message MUST be published after the Network Connection is subsequently closed and either the Will Delay Interval has elapsed or the Session ends.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const properties = { sessionExpiry: 60 };
      const mortal = await t.connect({
        properties,
        will: { topic: t.topic(), payload: "later", qos: 1, properties: { willDelay: 1 } },
      });
      const from = Date.now();
      await mortal.drop();

      assert.equal((await watcher.message()).text, "later");
      assert.ok(Date.now() - from >= 900, `after ${Date.now() - from} ms`);
    },
    { about: "delayed" },
  );

  requirement(
    "[MQTT-3.1.3-10]",
    "The Server MUST maintain the order of User Properties when publishing the Will Message.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const userProperty = Array.from({ length: 9 }, (_, n) => [`k${n % 2}`, `${n}`] as const);
      const will = { topic: t.topic(), payload: "gone", qos: 1, properties: { userProperty } };

      await (await t.connect({ will })).drop();

      assert.deepEqual((await watcher.message()).properties.userProperty, userProperty);
    },
  );

  requirement(
    "§3.1.3.2.2",
    "The Server delays publishing the Client's Will Message until the Will Delay Interval has passed or the Session ends, whichever happens first: here the session is the first to end.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const delayed = (name: string) => ({ topic: t.topic(), payload: name, qos: 1, properties: { willDelay: 600 } });
      // Its session ends with the connection; after a second.
      await (await t.connect({ will: delayed("at once") })).drop();
      assert.equal((await watcher.message()).text, "at once");
      await (await t.connect({ properties: { sessionExpiry: 1 }, will: delayed("after a second") })).drop();
      assert.equal((await watcher.take("publish", undefined, 6_000)).payload.toString(), "after a second");
    },
    { about: "session end before delay" },
  );

  requirement(
    "§3.1.4",
    "If the new Network Connection has Clean Start set to 1 then if the existing Network Connection has a Will Message, it will be sent because the original Session is ended on takeover.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const options = t.lasting();
      const will = { topic: t.topic(), payload: "begun anew", qos: 1, properties: { willDelay: 600 } };
      await t.connect({ ...options, will });

      await t.connect({ ...options, clean: true, properties: {} });

      assert.equal((await watcher.message()).text, "begun anew");
    },
    { about: "the will of a session that is begun anew" },
  );

  requirement(
    "§3.1.3.2",
    "Will Properties: Payload Format Indicator, Message Expiry Interval, Content Type, Response Topic and Correlation Data are those of the published Will Message.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const properties = {
        payloadFormat: 1,
        messageExpiry: 500,
        contentType: "text/plain",
        responseTopic: t.topic("answer"),
        correlationData: Buffer.from([0, 1]),
      };
      await (await t.connect({ will: { topic: t.topic(), payload: "gone", qos: 1, properties } })).drop();

      const got = (await watcher.message()).properties;
      assert.ok(got.messageExpiry! > 490 && got.messageExpiry! <= 500);
      assert.deepEqual({ ...got, messageExpiry: 500 }, properties);
    },
  );
});
