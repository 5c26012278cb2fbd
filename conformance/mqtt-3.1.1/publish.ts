// §3.3 PUBLISH, §4.3 quality of service levels, §4.6 ordering.
import assert from "node:assert/strict";
import { ack, publish } from "../clients/mqtt-packets.ts";
import * as sender from "../mqtt-checks/sender.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 3.1.1 PUBLISH", () => {
  requirement(
    "[MQTT-4.3.1-1]",
    "In the QoS 0 delivery protocol, the Sender MUST send a PUBLISH packet with QoS=0, DUP=0.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 2);

      await publisher.publish({ topic: t.topic(), payload: "at most once" });

      const got = await subscriber.message();
      assert.deepEqual([got.text, got.qos, got.dup, got.topic], ["at most once", 0, false, t.topic()]);
    },
  );

  requirement(
    "[MQTT-4.3.2-2]",
    "In the QoS 1 delivery protocol, the Receiver MUST respond with a PUBACK Packet containing the Packet Identifier from the incoming PUBLISH Packet, having accepted ownership of the Application Message.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 1);

      const answer = await publisher.publish({ topic: t.topic(), payload: "at least once", qos: 1, id: 65_535 });

      assert.equal(answer?.id, 65_535);
      const got = await subscriber.message();
      assert.deepEqual([got.text, got.qos, got.dup], ["at least once", 1, false]);
    },
  );

  requirement(
    "[MQTT-4.3.2-2]",
    "After it has sent a PUBACK Packet the Receiver MUST treat any incoming PUBLISH packet that contains the same Packet Identifier as being a new publication, irrespective of the setting of its DUP flag.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 1);

      await publisher.publish({ topic: t.topic(), payload: "one", qos: 1, id: 5 });
      await publisher.publish({ topic: t.topic(), payload: "two", qos: 1, id: 5, dup: true });

      const [one, two] = [await subscriber.message(), await subscriber.message()];
      assert.deepEqual([one.text, two.text], ["one", "two"]);
      assert.equal(two.dup, false, "[MQTT-3.3.1-3] the DUP flag of an incoming PUBLISH is not propagated");
    },
    { about: "a used identifier" },
  );

  requirement(
    "[MQTT-4.3.3-2]",
    "In the QoS 2 delivery protocol, the Receiver MUST respond with a PUBREC containing the Packet Identifier from the incoming PUBLISH Packet, having accepted ownership of the Application Message.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 2);

      publisher.send(publish(4, { topic: t.topic(), payload: "exactly once", qos: 2, id: 9 }));

      assert.equal((await publisher.take("pubrec")).id, 9);
      publisher.send(ack("pubrel", 9));
      assert.equal((await publisher.take("pubcomp")).id, 9);
      const got = await subscriber.message();
      assert.deepEqual([got.text, got.qos, got.dup], ["exactly once", 2, false]);
    },
    { about: "PUBREC and PUBCOMP" },
  );

  requirement(
    "[MQTT-4.3.3-2]",
    "Until it has received the corresponding PUBREL packet, the Receiver MUST acknowledge any subsequent PUBLISH packet with the same Packet Identifier by sending a PUBREC. It MUST NOT cause duplicate messages to be delivered to any onward recipients in this case.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 2);
      const twin = { topic: t.topic(), payload: "once", qos: 2, id: 9 };

      publisher.send(publish(4, twin));
      await publisher.take("pubrec");
      publisher.send(publish(4, { ...twin, dup: true }));
      assert.equal((await publisher.take("pubrec")).id, 9);
      publisher.send(ack("pubrel", 9));
      await publisher.take("pubcomp");
      await publisher.publish({ topic: t.topic(), payload: "marker", qos: 2 });

      assert.deepEqual([(await subscriber.message()).text, (await subscriber.message()).text], ["once", "marker"]);
    },
    { about: "a twin" },
  );

  requirement(
    "[MQTT-4.3.3-2]",
    "After it has sent a PUBCOMP, the receiver MUST treat any subsequent PUBLISH packet that contains that Packet Identifier as being a new publication.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 2);

      await publisher.publish({ topic: t.topic(), payload: "one", qos: 2, id: 9 });
      await publisher.publish({ topic: t.topic(), payload: "two", qos: 2, id: 9 });

      assert.deepEqual([(await subscriber.message()).text, (await subscriber.message()).text], ["one", "two"]);
    },
    { about: "a used identifier" },
  );

  requirement(
    "[MQTT-4.3.3-1]",
    "In the QoS 2 delivery protocol, the Sender MUST send a PUBREL packet when it receives a PUBREC packet from the receiver. This PUBREL packet MUST contain the same Packet Identifier as the original PUBLISH packet.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 2);
      subscriber.acknowledges = false;
      await publisher.publish({ topic: t.topic(), payload: "handshake", qos: 2 });
      const { id } = await subscriber.message();

      subscriber.send(ack("pubrec", id));

      assert.equal((await subscriber.take("pubrel")).id, id);
      subscriber.send(ack("pubcomp", id));
      await subscriber.ping();
      assert.deepEqual(subscriber.waiting, []);
    },
  );

  requirement(
    "[MQTT-2.3.1-4]",
    "The same conditions apply to a Server when it sends a PUBLISH with QoS > 0: each new packet MUST be assigned a currently unused Packet Identifier.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 1);
      subscriber.acknowledges = false;

      for (let n = 0; n < 5; n++) await publisher.publish({ topic: t.topic(), payload: `${n}`, qos: 1 });

      const ids = new Set<number>();
      for (let n = 0; n < 5; n++) ids.add((await subscriber.message()).id);
      assert.equal(ids.size, 5, "one identifier names two messages in flight");
    },
  );

  requirement(
    "[MQTT-3.8.4-6]",
    "The QoS of Payload Messages sent in response to a Subscription MUST be the minimum of the QoS of the originally published message and the maximum QoS granted by the Server.",
    async (t) => {
      const publisher = await t.connect();
      for (const granted of [0, 1, 2]) {
        const subscriber = await t.connect();
        await subscriber.subscribe(t.topic(), granted);
        for (const qos of [0, 1, 2]) {
          await publisher.publish({ topic: t.topic(), payload: "x", qos });
          assert.equal(
            (await subscriber.message()).qos,
            Math.min(qos, granted),
            `published ${qos}, granted ${granted}`,
          );
        }
        await subscriber.drop();
      }
    },
  );

  requirement(
    "[MQTT-4.6.0-6]",
    "It MUST send PUBLISH packets to consumers (for the same Topic and QoS) in the order that they were received from any given Client.",
    async (t) => {
      for (const qos of [0, 1, 2]) {
        const topic = t.topic(`${qos}`);
        const [publisher, subscriber] = await t.pair(topic, qos);

        // A 3.1.1 server cannot say how many QoS 2 exchanges it holds open; twenty is what common ones do.
        const answered = Array.from({ length: qos === 2 ? 20 : 100 }, (_, n) =>
          publisher.publish({ topic, payload: `${n}`, qos }),
        );

        for (let n = 0; n < answered.length; n++) assert.equal((await subscriber.message()).text, `${n}`, `QoS ${qos}`);
        await Promise.all(answered);
      }
    },
  );

  requirement(
    "[MQTT-4.5.0-1]",
    "When a Server takes ownership of an incoming Application Message it MUST add it to the Session state of those clients that have matching Subscriptions.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 1);
      const payload = Buffer.from(Array.from({ length: 60_000 }, (_, n) => n & 0xff));

      await publisher.publish({ topic: t.topic(), payload, qos: 1 });
      await publisher.publish({ topic: t.topic(), payload: "", qos: 1 });

      assert.deepEqual((await subscriber.take("publish")).payload, payload, "any bytes pass unchanged");
      assert.equal(
        (await subscriber.take("publish")).payload.length,
        0,
        "an empty payload is a valid message (§3.3.3)",
      );
    },
  );

  requirement("[MQTT-3.3.1-2]", "The DUP flag MUST be set to 0 for all QoS 0 messages.", sender.dupNeverAtQos0);

  requirement(
    "[MQTT-3.3.5-1]",
    "When Clients make subscriptions with Topic Filters that include wildcards, it is possible for a Client's subscriptions to overlap. In this case the Server MUST deliver the message to the Client respecting the maximum QoS of all the matching subscriptions.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic("#"), 0);
      await subscriber.subscribe(t.topic("a"), 2);

      await publisher.publish({ topic: t.topic("a"), payload: "x", qos: 2 });
      await publisher.publish({ topic: t.topic("a"), payload: "marker", qos: 2 });

      // One copy or one for each subscription: either is allowed, and one of them has the maximum.
      const copies = [await subscriber.message()];
      while (copies.at(-1)!.text !== "marker") copies.push(await subscriber.message());
      assert.ok(copies.slice(0, -1).some((copy) => copy.text === "x" && copy.qos === 2));
    },
  );
});
