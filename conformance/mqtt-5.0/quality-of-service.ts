// §4.3 Quality of Service levels, §2.2.1 packet identifiers, §4.5 receipt, §4.6 order.
import assert from "node:assert/strict";
import { ack, publish } from "../clients/mqtt-packets.ts";
import * as receiver from "../mqtt-checks/receiver.ts";
import * as sender from "../mqtt-checks/sender.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 5.0 QoS and packet identifiers", () => {
  requirement(
    "[MQTT-2.2.1-2]",
    "A PUBLISH packet MUST NOT contain a Packet Identifier if its QoS value is set to 0.",
    sender.noIdentifierAtQos0,
  );

  requirement(
    "[MQTT-2.2.1-4]",
    "Each time a Server sends a new PUBLISH (with QoS > 0) MQTT Control Packet it MUST assign it a non zero Packet Identifier that is currently unused.",
    async (t) => {
      await sender.unusedIdentifiers(t, 1);
    },
  );

  requirement(
    "[MQTT-2.2.1-5]",
    "A PUBACK, PUBREC, PUBREL, or PUBCOMP packet MUST contain the same Packet Identifier as the PUBLISH packet that was originally sent.",
    sender.identifierOfThePublish,
  );

  requirement(
    "§2.2.1",
    "The Client and Server assign Packet Identifiers independently of each other. As a result, Client-Server pairs can participate in concurrent message exchanges using the same Packet Identifiers.",
    receiver.identifiersOfBothSides,
  );

  requirement(
    "[MQTT-3.3.4-1]",
    "The receiver of a PUBLISH Packet MUST respond with the packet as determined by the QoS in the PUBLISH Packet.",
    receiver.answersByQos,
  );

  requirement(
    "[MQTT-4.3.1-1]",
    "In the QoS 0 delivery protocol, the sender MUST send a PUBLISH packet with QoS 0 and DUP flag set to 0.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 2);

      await publisher.publish({ topic: t.topic(), payload: "at most once" });

      const got = await subscriber.message();
      assert.deepEqual([got.text, got.qos, got.dup], ["at most once", 0, false]);
    },
  );

  requirement(
    "[MQTT-4.3.2-1]",
    "In the QoS 1 delivery protocol, the sender MUST assign an unused Packet Identifier each time it has a new Application Message to publish.",
    (t) => sender.unusedIdentifiers(t, 1),
  );
  requirement(
    "[MQTT-4.3.2-2]",
    "In the QoS 1 delivery protocol, the sender MUST send a PUBLISH packet containing this Packet Identifier with QoS 1 and DUP flag set to 0.",
    (t) => sender.sentAs(t, 1),
  );
  requirement(
    "[MQTT-4.3.2-3]",
    'In the QoS 1 delivery protocol, the sender MUST treat the PUBLISH packet as "unacknowledged" until it has received the corresponding PUBACK packet from the receiver.',
    async (t) => {
      await sender.unacknowledgedIsSentAgain(t, 1);
      await sender.acknowledgedIsDone(t, 1);
    },
  );
  requirement(
    "[MQTT-4.3.2-4]",
    "In the QoS 1 delivery protocol, the receiver MUST respond with a PUBACK packet containing the Packet Identifier from the incoming PUBLISH packet, having accepted ownership of the Application Message.",
    (t) => receiver.ownsWhatItAcknowledged(t, 1),
  );
  requirement(
    "[MQTT-4.3.2-5]",
    "After it has sent a PUBACK packet the receiver MUST treat any incoming PUBLISH packet that contains the same Packet Identifier as being a new Application Message, irrespective of the setting of its DUP flag.",
    (t) => receiver.usedIdentifierIsNew(t, 1),
  );

  requirement(
    "[MQTT-4.3.3-1]",
    "In the QoS 2 delivery protocol, the sender MUST assign an unused Packet Identifier when it has a new Application Message to publish.",
    (t) => sender.unusedIdentifiers(t, 2),
  );
  requirement(
    "[MQTT-4.3.3-2]",
    "In the QoS 2 delivery protocol, the sender MUST send a PUBLISH packet containing this Packet Identifier with QoS 2 and DUP flag set to 0.",
    (t) => sender.sentAs(t, 2),
  );
  requirement(
    "[MQTT-4.3.3-3]",
    'In the QoS 2 delivery protocol, the sender MUST treat the PUBLISH packet as "unacknowledged" until it has received the corresponding PUBREC packet from the receiver.',
    (t) => sender.unacknowledgedIsSentAgain(t, 2),
  );
  requirement(
    "[MQTT-4.3.3-4]",
    "The sender MUST send a PUBREL packet when it receives a PUBREC packet from the receiver with a Reason Code value less than 0x80. This PUBREL packet MUST contain the same Packet Identifier as the original PUBLISH packet.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 2);
      subscriber.acknowledges = false;
      for (const code of [0x00, 0x10, 0x80]) {
        await publisher.publish({ topic: t.topic(), payload: "x", qos: 2 });
        const { id } = await subscriber.message();
        subscriber.send(ack("pubrec", id, code));
        await subscriber.ping();
        const releases = subscriber.waiting.filter((packet) => packet.kind === "pubrel");
        assert.deepEqual(
          releases.map((packet) => packet.id),
          code < 0x80 ? [id] : [],
          `after PUBREC 0x${code.toString(16)}`,
        );
        if (code < 0x80) subscriber.send(ack("pubcomp", (await subscriber.take("pubrel")).id));
      }
    },
  );
  requirement(
    "[MQTT-4.3.3-5]",
    'The sender MUST treat the PUBREL packet as "unacknowledged" until it has received the corresponding PUBCOMP packet from the receiver.',
    async (t) => {
      await sender.releaseIsSentAgain(t);
      await sender.acknowledgedIsDone(t, 2);
    },
  );
  requirement(
    "[MQTT-4.3.3-6]",
    "The sender MUST NOT re-send the PUBLISH once it has sent the corresponding PUBREL packet.",
    sender.releaseIsSentAgain,
  );
  requirement(
    "[MQTT-4.3.3-7]",
    "The sender MUST NOT apply Application Message expiry if a PUBLISH packet has been sent.",
    async (t) => {
      const options = t.lasting();
      const first = await t.connect(options);
      first.acknowledges = false;
      await first.subscribe(t.topic(), 2);
      const publisher = await t.connect();
      await publisher.publish({ topic: t.topic(), payload: "sent", qos: 2, properties: { messageExpiry: 1 } });
      const { id } = await first.message();
      await first.drop();
      await new Promise((resolve) => setTimeout(resolve, 2_100));

      const second = await t.connect(options);

      const again = await second.message();
      assert.deepEqual([again.text, again.id, again.dup], ["sent", id, true]);
    },
  );
  requirement(
    "[MQTT-4.3.3-8]",
    "The receiver MUST respond with a PUBREC containing the Packet Identifier from the incoming PUBLISH packet, having accepted ownership of the Application Message.",
    (t) => receiver.ownsWhatItAcknowledged(t, 2),
  );
  requirement(
    "[MQTT-4.3.3-9]",
    "If it has sent a PUBREC with a Reason Code of 0x80 or greater, the receiver MUST treat any subsequent PUBLISH packet that contains that Packet Identifier as being a new Application Message.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 2);

      publisher.send(publish(5, { topic: t.target.refuses ?? "$SYS/broker/version", payload: "no", qos: 2, id: 6 }));
      const refused = await publisher.take("pubrec");
      if (refused.code < 0x80) throw new NotOffered("it refuses no PUBLISH with a PUBREC");
      await publisher.publish({ topic: t.topic(), payload: "yes", qos: 2, id: 6 });

      assert.equal((await subscriber.message()).text, "yes");
    },
  );
  requirement(
    "[MQTT-4.3.3-12]",
    "After it has sent a PUBCOMP, the receiver MUST treat any subsequent PUBLISH packet that contains that Packet Identifier as being a new Application Message.",
    (t) => receiver.usedIdentifierIsNew(t, 2),
  );
  requirement(
    "[MQTT-4.3.3-13]",
    "The receiver MUST continue the QoS 2 acknowledgement sequence even if it has applied Application Message expiry.",
    async (t) => {
      const client = await t.connect();
      client.send(publish(5, { topic: t.topic(), payload: "x", qos: 2, id: 8, properties: { messageExpiry: 1 } }));
      assert.ok((await client.take("pubrec")).code < 0x80);
      await new Promise((resolve) => setTimeout(resolve, 1_600));

      client.send(ack("pubrel", 8));

      const done = await client.take("pubcomp");
      assert.deepEqual([done.id, done.code], [8, 0]);
    },
  );
  requirement(
    "[MQTT-4.3.3-10]",
    "Until it has received the corresponding PUBREL packet, the receiver MUST acknowledge any subsequent PUBLISH packet with the same Packet Identifier by sending a PUBREC. It MUST NOT cause duplicate messages to be delivered to any onward recipients.",
    receiver.unreleasedIsNotNew,
    { about: "on one connection" },
  );

  requirement(
    "[MQTT-4.5.0-1]",
    "When a Server takes ownership of an incoming Application Message it MUST add it to the Session State for those Clients that have matching Subscriptions.",
    receiver.anyBytes,
  );

  for (const kind of ["puback", "pubrec", "pubcomp"] as const) {
    requirement(
      "§4.6",
      "The Client MUST send PUBACK, PUBREC and PUBREL packets in the order in which the corresponding packets were received. What 5.0 asks of clients, 3.1.1 asked of servers, too.",
      (t) => receiver.acknowledgesInOrder(t, kind),
      { about: kind.toUpperCase() },
    );
  }

  requirement(
    "[MQTT-4.6.0-6]",
    "A Server MUST treat every Topic as an Ordered Topic when it is forwarding messages on Non-shared Subscriptions.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic("#"), 1);
      const topics = ["a", "b/c", "d/e/f"].map((name) => t.topic(name));
      const sent = Array.from({ length: 15 }, (_, n) => [topics[n % 3]!, `${n}`] as const);

      for (const [topic, payload] of sent) void publisher.publish({ topic, payload, qos: 1 }).catch(() => {});

      const got = [];
      for (const _ of sent) got.push(await subscriber.message());
      for (const topic of topics) {
        assert.deepEqual(
          got.filter((message) => message.topic === topic).map((message) => message.text),
          sent.filter(([name]) => name === topic).map(([, payload]) => payload),
        );
      }
    },
  );

  requirement("§4.4", "The order of what is sent again: as the original packets were sent.", sender.resentInOrder);
});
