// §3.3.2 the variable header of PUBLISH, §1.5.4 strings, §4.7.3 names.
import assert from "node:assert/strict";
import { frame, u16, utf8, varint } from "../clients/mqtt-bytes.ts";
import * as subscriptions from "../mqtt-checks/subscriptions.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

const ill = Buffer.from([0, 2, 0xc3, 0x28]);
const property = (...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(body.length), body]);
};

describe("MQTT 5.0 PUBLISH properties and names", () => {
  requirement(
    "[MQTT-3.3.2-1]",
    "The Topic Name MUST be present as the first field in the PUBLISH packet Variable Header. It MUST be a UTF-8 Encoded String.",
    async (t) => {
      for (const body of [ill, Buffer.alloc(0), u16(5)]) {
        const client = await t.connect();
        client.send(frame(0x30, body, varint(0)));
        await t.refuses(client, 0x81, 0x82, 0x90);
      }
    },
  );
  requirement(
    "[MQTT-3.3.2-3]",
    "The Topic Name in a PUBLISH packet sent by a Server to a subscribing Client MUST match the Subscription's Topic Filter.",
    subscriptions.deliversWhatMatches,
  );
  requirement(
    "[MQTT-3.3.2-4]",
    "A Server MUST send the Payload Format Indicator unaltered to all subscribers receiving the Application Message.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 1);
      for (const payloadFormat of [0, 1, undefined]) {
        await publisher.publish({ topic: t.topic(), payload: "x", qos: 1, properties: { payloadFormat } });
        assert.equal((await subscriber.message()).properties.payloadFormat, payloadFormat);
      }
    },
  );
  requirement(
    "§3.3.2.3.2",
    "A Server MAY validate that the Payload is of the format indicated by the Payload Format Indicator, and if it is not send a PUBACK, PUBREC, or DISCONNECT with Reason Code of 0x99 (Payload format invalid).",
    async (t) => {
      const client = await t.connect();

      const answer = await client.publish({
        topic: t.topic(),
        payload: Buffer.from([0xff, 0xfe]),
        qos: 1,
        properties: { payloadFormat: 1 },
      });

      if (answer!.code < 0x80) throw new NotOffered("it does not look into payloads");
      assert.equal(answer!.code, 0x99);
    },
  );
  requirement(
    "[MQTT-3.3.2-11]",
    "A Server MUST NOT send a PUBLISH packet with a Topic Alias greater than the Topic Alias Maximum value sent by the Client in the CONNECT packet.",
    async (t) => {
      const publisher = await t.connect();
      const subscriber = await t.connect({ properties: { topicAliasMaximum: 2 } });
      await subscriber.subscribe(t.topic("+"));
      const names = Array.from({ length: 12 }, (_, n) => `${n % 5}`);
      const known = new Map<number, string>();

      for (const name of names) await publisher.publish({ topic: t.topic(name), payload: name });

      for (const name of names) {
        const { topic, properties, text } = await subscriber.message();
        const { topicAlias } = properties;
        if (topicAlias !== undefined) assert.ok(topicAlias >= 1 && topicAlias <= 2, `alias ${topicAlias}`);
        if (topicAlias !== undefined && topic !== "") known.set(topicAlias, topic);
        assert.deepEqual([topic === "" ? known.get(topicAlias!) : topic, text], [t.topic(name), name]);
      }
    },
  );
  requirement("[MQTT-3.3.2-13]", "The Response Topic MUST be a UTF-8 Encoded String.", async (t) => {
    const client = await t.connect();
    client.send(frame(0x30, utf8(t.topic()), property(Buffer.from([0x08]), ill)));
    await t.refuses(client, 0x81, 0x82);
  });
  requirement(
    "[MQTT-3.3.2-15]",
    "The Server MUST send the Response Topic unaltered to all subscribers receiving the Application Message.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 0);
      const responseTopic = t.topic("answers/é/$x");
      await publisher.publish({ topic: t.topic(), payload: "?", properties: { responseTopic } });
      assert.equal((await subscriber.message()).properties.responseTopic, responseTopic);
    },
  );
  requirement(
    "[MQTT-3.3.2-17]",
    "The Server MUST send all User Properties unaltered in a PUBLISH packet when forwarding the Application Message to a Client.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 1);
      const userProperty = Array.from({ length: 20 }, (_, n) => [`key ${n % 3} é`, `\ufeff${n}`] as const);
      await publisher.publish({ topic: t.topic(), payload: "x", qos: 1, properties: { userProperty } });
      assert.deepEqual((await subscriber.message()).properties.userProperty, userProperty);
    },
  );
  requirement("[MQTT-3.3.2-19]", "The Content Type MUST be a UTF-8 Encoded String.", async (t) => {
    const client = await t.connect();
    client.send(frame(0x30, utf8(t.topic()), property(Buffer.from([0x03]), ill)));
    await t.refuses(client, 0x81, 0x82);
  });
  requirement(
    "[MQTT-1.5.4-3]",
    'A UTF-8 encoded sequence 0xEF 0xBB 0xBF is always interpreted as U+FEFF ("ZERO WIDTH NO-BREAK SPACE") wherever it appears in a string and MUST NOT be skipped over or stripped off by a packet receiver.',
    async (t) => {
      const topic = t.topic("\ufeffx");
      const [publisher, subscriber] = await t.pair(t.topic("+"), 1);
      await publisher.publish({ topic, payload: "x", qos: 1, properties: { contentType: "\ufefftext" } });
      const got = await subscriber.message();
      assert.deepEqual([got.topic, got.properties.contentType], [topic, "\ufefftext"]);
    },
  );
  requirement(
    "[MQTT-4.7.0-1]",
    "The wildcard characters can be used in Topic Filters, but MUST NOT be used within a Topic Name.",
    async (t) => {
      for (const name of ["#", "+", "a/+", "a#"]) {
        const client = await t.connect();
        client.send(frame(0x30, utf8(name), varint(0)));
        await t.refuses(client, 0x90, 0x81, 0x82);
      }
    },
  );
  requirement(
    "[MQTT-4.7.3-2]",
    "Topic Names and Topic Filters MUST NOT include the null character (Unicode U+0000).",
    async (t) => {
      for (const bytes of [
        frame(0x30, Buffer.from([0, 3, 0x61, 0, 0x62]), varint(0)),
        frame(0x82, u16(1), varint(0), Buffer.from([0, 3, 0x61, 0, 0x62, 0])),
        frame(0xa2, u16(1), varint(0), Buffer.from([0, 3, 0x61, 0, 0x62])),
      ]) {
        const client = await t.connect();
        client.send(bytes);
        await t.refuses(client, 0x81, 0x82, 0x90, 0x8f);
      }
    },
  );
  requirement(
    "[MQTT-4.7.3-3]",
    "Topic Names and Topic Filters are UTF-8 Encoded Strings; they MUST NOT encode to more than 65,535 bytes.",
    subscriptions.longestTopic,
  );
  requirement(
    "[MQTT-4.7.3-4]",
    "When it performs subscription matching the Server MUST NOT perform any normalization of Topic Names or Topic Filters, or any modification or substitution of unrecognized characters.",
    async (t) => {
      const topic = t.topic("caf\u00e9");
      const [publisher, subscriber] = await t.pair(topic, 1);
      for (const other of ["cafe\u0301", "Caf\u00e9", "caf\u00e9/", "/caf\u00e9", "\ufeffcaf\u00e9"])
        await publisher.publish({ topic: t.topic(other), payload: "other", qos: 1 });
      await publisher.publish({ topic, payload: "same", qos: 1 });
      assert.equal((await subscriber.message()).text, "same");
    },
  );
  requirement(
    "[MQTT-2.2.2-1]",
    "If there are no properties, this MUST be indicated by including a Property Length of zero.",
    async (t) => {
      const client = await t.connect();
      client.send(frame(0x30, utf8(t.topic())));
      await t.refuses(client, 0x81, 0x82);
    },
    { about: "a PUBLISH without Property Length" },
  );
  requirement(
    "§3.3.2.3.3",
    "If the Message Expiry Interval is absent, the Application Message does not expire, and none is sent.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 1);
      await publisher.publish({ topic: t.topic(), payload: "x", qos: 1 });
      assert.equal((await subscriber.message()).properties.messageExpiry, undefined);
    },
  );
});
