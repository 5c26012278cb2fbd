// §3.3 PUBLISH and its properties, §3.4 to §3.7 acknowledgements.
import assert from "node:assert/strict";
import { ack } from "../clients/mqtt-packets.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 5.0 PUBLISH", () => {
  requirement(
    "[MQTT-3.3.2-18]",
    "The Server MUST maintain the order of User Properties when forwarding the Application Message.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 1);
      const userProperty = [
        ["b", "1"],
        ["a", "2"],
        ["b", "3"],
        ["", ""],
        ["a", "2"],
      ] as const;

      await publisher.publish({ topic: t.topic(), payload: "x", qos: 1, properties: { userProperty } });

      assert.deepEqual(
        (await subscriber.message()).properties.userProperty,
        userProperty,
        "[MQTT-3.3.2-17] all of them, unaltered",
      );
    },
  );

  requirement(
    "[MQTT-3.3.2-16]",
    "The Server MUST send the Correlation Data unaltered to all subscribers receiving the publication.",
    async (t) => {
      const [requester, responder] = await t.pair(t.topic("question"), 1);
      await requester.subscribe(t.topic("answer"), 1);
      const correlationData = Buffer.from([0, 255, 10, 13]);

      await requester.publish({
        topic: t.topic("question"),
        payload: "?",
        qos: 1,
        properties: { responseTopic: t.topic("answer"), correlationData },
      });
      const { properties } = await responder.message();
      await responder.publish({
        topic: properties.responseTopic!,
        payload: "!",
        qos: 1,
        properties: { correlationData: properties.correlationData },
      });

      assert.equal(properties.responseTopic, t.topic("answer"), "[MQTT-3.3.2-15]");
      const answer = await requester.message();
      assert.deepEqual([answer.text, answer.properties.correlationData], ["!", correlationData]);
    },
  );

  requirement(
    "[MQTT-3.3.2-20]",
    "A Server MUST send the Content Type unaltered to all subscribers receiving the publication.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 0);

      await publisher.publish({
        topic: t.topic(),
        payload: "{}",
        properties: { contentType: "application/json; ü", payloadFormat: 1 },
      });

      const { properties } = await subscriber.message();
      assert.deepEqual(
        [properties.contentType, properties.payloadFormat],
        ["application/json; ü", 1],
        "[MQTT-3.3.2-4]",
      );
    },
  );

  requirement(
    "[MQTT-3.3.2-6]",
    "The PUBLISH packet sent to a Client by the Server MUST contain a Message Expiry Interval set to the received value minus the time that the message has been waiting in the Server.",
    async (t) => {
      const publisher = await t.connect();
      const clientId = t.name();
      const first = await t.connect({ clientId, properties: { sessionExpiry: 60 } });
      await first.subscribe(t.topic(), 1);
      await first.drop();
      await publisher.publish({ topic: t.topic(), payload: "x", qos: 1, properties: { messageExpiry: 100 } });
      await new Promise((resolve) => setTimeout(resolve, 1_100));

      const second = await t.connect({ clientId, clean: false, properties: { sessionExpiry: 60 } });

      const left = (await second.message()).properties.messageExpiry;
      assert.ok(left !== undefined && left >= 90 && left <= 99, `left: ${left}`);
    },
  );

  requirement(
    "[MQTT-3.3.2-5]",
    "If the Message Expiry Interval has passed and the Server has not managed to start onward delivery to a matching subscriber, then it MUST delete the copy of the message for that subscriber.",
    async (t) => {
      const publisher = await t.connect();
      const clientId = t.name();
      const first = await t.connect({ clientId, properties: { sessionExpiry: 60 } });
      await first.subscribe(t.topic(), 1);
      await first.drop();
      await publisher.publish({ topic: t.topic(), payload: "stale", qos: 1, properties: { messageExpiry: 1 } });
      await publisher.publish({ topic: t.topic(), payload: "fresh", qos: 1 });
      await new Promise((resolve) => setTimeout(resolve, 2_100));

      const second = await t.connect({ clientId, clean: false, properties: { sessionExpiry: 60 } });

      assert.equal((await second.message()).text, "fresh");
    },
  );

  requirement(
    "[MQTT-3.4.2-1]",
    "The Client or Server sending the PUBACK packet MUST use one of the PUBACK Reason Codes.",
    async (t) => {
      const publisher = await t.connect();

      const answer = await publisher.publish({ topic: t.topic("nobody"), payload: "x", qos: 1 });

      assert.ok([0x00, 0x10].includes(answer!.code), "0x10 No matching subscribers may stand for 0x00");
    },
  );

  requirement(
    "[MQTT-4.3.3-11]",
    "In the QoS 2 delivery protocol, the receiver MUST respond to a PUBREL packet by sending a PUBCOMP packet containing the same Packet Identifier as the PUBREL.",
    async (t) => {
      const client = await t.connect();

      client.send(ack("pubrel", 4_321));

      const answer = await client.take("pubcomp");
      assert.equal(answer.id, 4_321);
      assert.ok([0x92, 0x00].includes(answer.code));
    },
    { about: "an unknown identifier" },
  );

  requirement(
    "§3.7.2.1",
    "0x92 Packet Identifier not found: The Packet Identifier is not known. This is not an error during recovery, but at other times indicates a mismatch between the Session State on the Client and Server.",
    async (t) => {
      const client = await t.connect();

      client.send(ack("pubrel", 4_321));
      client.send(ack("pubrec", 4_322));

      assert.equal((await client.take("pubcomp")).code, 0x92);
      assert.equal((await client.take("pubrel")).code, 0x92, "[MQTT-4.3.3-4], §3.6.2.1");
    },
    { needs: ["policy"] },
  );

  requirement(
    "[MQTT-4.4.0-2]",
    "If PUBACK or PUBREC is received containing a Reason Code of 0x80 or greater the corresponding PUBLISH packet is treated as acknowledged, and MUST NOT be retransmitted.",
    async (t) => {
      const [clientId, topic] = [t.name(), t.topic()];
      const options = { clientId, clean: false, properties: { sessionExpiry: 60 } };
      const first = await t.connect(options);
      first.acknowledges = false;
      await first.subscribe(topic, 2);
      const publisher = await t.connect();
      for (const qos of [1, 2]) {
        await publisher.publish({ topic, payload: "refused", qos });
        const { id } = await first.message();
        first.send(ack(qos === 1 ? "puback" : "pubrec", id, 0x83));
      }
      await first.ping();
      await first.drop();

      const second = await t.connect(options);
      await publisher.publish({ topic, payload: "marker", qos: 2 });

      assert.equal((await second.message()).text, "marker");
      assert.ok(
        first.waiting.every((packet) => packet.kind !== "pubrel"),
        "a refused message has no PUBREL",
      );
    },
  );

  requirement(
    "[MQTT-4.6.0-5]",
    "When a Server processes a message that has been published to an Ordered Topic, it MUST send PUBLISH packets to consumers (for the same Topic and QoS) in the order that they were received from any given Client.",
    async (t) => {
      for (const qos of [0, 1, 2]) {
        const topic = t.topic(`${qos}`);
        const [publisher, subscriber] = await t.pair(topic, qos);
        const quota = publisher.connack.properties.receiveMaximum ?? 65_535;
        const count = Math.min(100, quota);

        const answered = Array.from({ length: count }, (_, n) => publisher.publish({ topic, payload: `${n}`, qos }));

        for (let n = 0; n < count; n++) assert.equal((await subscriber.message()).text, `${n}`, `QoS ${qos}`);
        await Promise.all(answered);
      }
    },
  );

  requirement(
    "[MQTT-3.3.1-9]",
    "If Retain Handling is set to 0 the Server MUST send all retained messages matching the Topic Filter of the subscription to the Client.",
    async (t) => {
      const publisher = await t.connect();
      for (const name of ["a", "b", "c"]) await t.retain(publisher, t.topic(name), name, 1);
      const subscriber = await t.connect();

      await subscriber.subscribe(t.topic("+"), 1);

      const got = [await subscriber.message(), await subscriber.message(), await subscriber.message()];
      assert.deepEqual(got.map((message) => message.text).sort(), ["a", "b", "c"]);
      assert.ok(got.every((message) => message.retain));
    },
  );

  requirement(
    "[MQTT-3.3.1-6]",
    "If the Payload contains zero bytes it is processed normally by the Server but any retained message with the same topic name MUST be removed and any future subscribers for the topic will not receive a retained message.",
    async (t) => {
      const publisher = await t.connect();
      await t.retain(publisher, t.topic(), "x", 1);
      await t.retain(publisher, t.topic(), "", 1);
      const subscriber = await t.connect();

      await subscriber.subscribe(t.topic(), 1);
      await publisher.publish({ topic: t.topic(), payload: "marker", qos: 1 });

      assert.equal((await subscriber.message()).text, "marker");
    },
  );
});
