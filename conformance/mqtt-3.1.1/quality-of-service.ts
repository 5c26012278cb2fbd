// §2.3.1 packet identifiers, §3.3 PUBLISH, §4.1 to §4.6: what a server must do besides what publish.ts asks of it.
import assert from "node:assert/strict";
import { disconnect, publish } from "../clients/mqtt-packets.ts";
import * as receiver from "../mqtt-checks/receiver.ts";
import * as retain from "../mqtt-checks/retain.ts";
import * as sender from "../mqtt-checks/sender.ts";
import * as subscriptions from "../mqtt-checks/subscriptions.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 3.1.1 QoS, sessions and subscriptions", () => {
  requirement(
    "[MQTT-2.3.1-5]",
    "A PUBLISH Packet MUST NOT contain a Packet Identifier if its QoS value is set to 0.",
    sender.noIdentifierAtQos0,
  );
  requirement(
    "[MQTT-2.3.1-6]",
    "A PUBACK, PUBREC or PUBREL Packet MUST contain the same Packet Identifier as the PUBLISH Packet that was originally sent.",
    sender.identifierOfThePublish,
  );
  requirement(
    "[MQTT-2.3.1-7]",
    "SUBACK and UNSUBACK MUST contain the Packet Identifier that was used in the corresponding SUBSCRIBE and UNSUBSCRIBE Packet respectively.",
    subscriptions.answersWithItsIdentifier,
  );
  requirement(
    "[MQTT-2.3.1-3]",
    "If a Client re-sends a particular Control Packet, then it MUST use the same Packet Identifier; it becomes available for reuse after the acknowledgement, and a Server does the same.",
    (t) => receiver.usedIdentifierIsNew(t, 2),
  );
  requirement(
    "§2.3.1",
    "Clients and Servers assign Packet Identifiers independently of each other.",
    receiver.identifiersOfBothSides,
  );
  requirement(
    "[MQTT-3.3.1-1]",
    "The DUP flag MUST be set to 1 by the Client or Server when it attempts to re-deliver a PUBLISH Packet.",
    (t) => sender.unacknowledgedIsSentAgain(t, 2),
  );
  requirement(
    "[MQTT-3.3.1-3]",
    "The value of the DUP flag from an incoming PUBLISH packet is not propagated when the PUBLISH Packet is sent to subscribers by the Server. The DUP flag in the outgoing PUBLISH packet MUST be determined solely by whether the outgoing PUBLISH packet is a retransmission.",
    sender.dupIsNotPassedOn,
  );
  requirement(
    "[MQTT-3.3.1-7]",
    "If the Server receives a QoS 0 message with the RETAIN flag set to 1 it MUST discard any message previously retained for that topic.",
    retain.qos0Replaces,
  );
  requirement(
    "[MQTT-3.3.1-8]",
    "When sending a PUBLISH Packet to a Client the Server MUST set the RETAIN flag to 1 if a message is sent as a result of a new subscription being made by a Client.",
    retain.retainedOnlyWhenNew,
  );
  requirement(
    "[MQTT-3.3.1-11]",
    "A zero byte retained message MUST NOT be stored as a retained message on the Server.",
    retain.keepsNoEmptyPayload,
  );
  requirement(
    "[MQTT-3.3.2-3]",
    "The Topic Name in a PUBLISH Packet sent by a Server to a subscribing Client MUST match the Subscription's Topic Filter according to the matching process defined in Section 4.7.",
    subscriptions.deliversWhatMatches,
  );
  requirement(
    "[MQTT-3.3.4-1]",
    "The receiver of a PUBLISH Packet MUST respond according to Table 3.4 - Expected Publish Packet response as determined by the QoS in the PUBLISH Packet.",
    receiver.answersByQos,
  );
  requirement(
    "[MQTT-3.3.5-2]",
    "If a Server implementation does not authorize a PUBLISH to be performed by a Client; it has no way of informing that Client. It MUST either make a positive acknowledgement, according to the normal QoS rules, or close the Network Connection.",
    async (t) => {
      for (const qos of [1, 2]) {
        const client = await t.connect();
        client.send(publish(4, { topic: t.target.refuses ?? "$SYS/broker/version", payload: "x", qos, id: 5 }));
        await t.answered(client, qos === 1 ? "puback" : "pubrec");
      }
    },
  );
  requirement(
    "[MQTT-3.8.3-2]",
    "A Server SHOULD support Topic filters that contain the wildcard characters. If it chooses not to support topic filters that contain wildcard characters it MUST reject any Subscription request whose filter contains them.",
    async (t) => {
      const [publisher, client] = [await t.connect(), await t.connect()];
      for (const filter of ["+", "#"]) {
        const [code] = (await client.subscribe(t.topic(filter), 0)).codes;
        if (code === 0x80) continue;
        await publisher.publish({ topic: t.topic("a"), payload: filter });
        assert.equal((await client.message()).text, filter, "granted, so it is served");
        await client.unsubscribe(t.topic(filter));
      }
    },
  );
  requirement(
    "[MQTT-3.8.4-4]",
    "If a Server receives a SUBSCRIBE packet that contains multiple Topic Filters it MUST handle that packet as if it had received a sequence of multiple SUBSCRIBE packets, except that it combines their responses into a single SUBACK response.",
    subscriptions.manyFiltersAreManySubscriptions,
  );
  requirement(
    "[MQTT-3.8.4-5]",
    "The SUBACK Packet sent by the Server to the Client MUST contain a return code for each Topic Filter/QoS pair. This return code MUST either show the maximum QoS that was granted for that Subscription or indicate that the subscription failed.",
    subscriptions.qosIsTheLesser,
  );
  requirement(
    "[MQTT-3.9.3-2]",
    "SUBACK return codes other than 0x00, 0x01, 0x02 and 0x80 are reserved and MUST NOT be used.",
    async (t) => {
      const client = await t.connect();
      for (const filter of [t.topic(), "chat/none", "$SYS/#", "#", "$share/g/a"]) {
        const [code] = (await client.subscribe(filter, 2)).codes;
        assert.ok([0, 1, 2, 0x80].includes(code!), `0x${code?.toString(16)} for ${filter}`);
      }
    },
  );
  requirement(
    "[MQTT-3.10.4-2]",
    "If a Server deletes a Subscription It MUST stop adding any new messages for delivery to the Client.",
    subscriptions.comparesCharacters,
  );
  requirement(
    "[MQTT-3.10.4-3]",
    "If a Server deletes a Subscription It MUST complete the delivery of any QoS 1 or QoS 2 messages which it has started to send to the Client.",
    subscriptions.unsubscribingLetsExchangesEnd,
  );
  requirement(
    "[MQTT-3.10.4-6]",
    "If a Server receives an UNSUBSCRIBE packet that contains multiple Topic Filters it MUST handle that packet as if it had received a sequence of multiple UNSUBSCRIBE packets, except that it sends just one UNSUBACK response.",
    subscriptions.manyFiltersAreManyUnsubscriptions,
  );
  requirement(
    "[MQTT-3.14.4-1]",
    "After sending a DISCONNECT Packet the Client MUST close the Network Connection. The Server MUST close it if the Client has not already done so (§3.14.4).",
    async (t) => {
      const client = await t.connect();
      client.send(disconnect(4));
      await client.closed();
    },
  );
  requirement(
    "[MQTT-3.14.4-2]",
    "After sending a DISCONNECT Packet the Client MUST NOT send any more Control Packets on that Network Connection; what it sends all the same is not heard.",
    async (t) => {
      const [listener, client] = [await t.connect(), await t.connect()];
      await listener.subscribe(t.topic(), 1);
      client.send(disconnect(4), publish(4, { topic: t.topic(), payload: "after" }));
      await client.closed();
      await listener.publish({ topic: t.topic(), payload: "marker", qos: 1 });
      assert.equal((await listener.message()).text, "marker");
    },
  );
  requirement(
    "[MQTT-4.1.0-1]",
    "The Client and Server MUST store Session state for the entire duration of the Session.",
    (t) => receiver.ownsWhatItAcknowledged(t, 2),
  );
  requirement(
    "[MQTT-4.1.0-2]",
    "A Session MUST last at least as long it has an active Network Connection.",
    async (t) => {
      const [publisher, client] = await t.pair(t.topic(), 1);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await publisher.publish({ topic: t.topic(), payload: "still", qos: 1 });
      assert.equal((await client.message()).text, "still");
    },
  );
  requirement(
    "[MQTT-4.2.0-1]",
    "The network connection used to transport the MQTT protocol MUST be an ordered, lossless, stream of bytes from the Client to Server and Server to Client.",
    async (t) => {
      const client = await t.open();
      for (const byte of Buffer.concat([t.hello(), publish(4, { topic: t.topic(), payload: "x", qos: 1, id: 1 })]))
        client.send(Buffer.from([byte]));
      assert.equal((await client.take("connack")).code, 0);
      assert.equal((await client.take("puback")).id, 1);
    },
  );
  requirement(
    "[MQTT-4.3.2-1]",
    'In the QoS 1 delivery protocol, the Sender MUST assign an unused Packet Identifier each time it has a new Application Message to publish, MUST send a PUBLISH Packet containing this Packet Identifier with QoS=1, DUP=0, and MUST treat the PUBLISH Packet as "unacknowledged" until it has received the corresponding PUBACK packet from the receiver.',
    async (t) => {
      await sender.unusedIdentifiers(t, 1);
      await sender.unacknowledgedIsSentAgain(t, 1);
    },
  );
  requirement(
    "[MQTT-4.3.3-1]",
    'The Sender MUST treat the PUBREL packet as "unacknowledged" until it has received the corresponding PUBCOMP packet from the receiver, and MUST NOT re-send the PUBLISH once it has sent the corresponding PUBREL packet.',
    async (t) => {
      await sender.sentAs(t, 2);
      await sender.releaseIsSentAgain(t);
      await sender.acknowledgedIsDone(t, 2);
    },
    { about: "PUBREL again" },
  );
  for (const [clause, kind] of [
    ["[MQTT-4.6.0-2]", "puback"],
    ["[MQTT-4.6.0-3]", "pubrec"],
    ["[MQTT-4.6.0-4]", "pubcomp"],
  ] as const) {
    requirement(
      clause,
      "Acknowledgements MUST be sent in the order in which the packets that they answer were received: PUBACK (QoS 1), PUBREC and PUBREL (QoS 2).",
      (t) => receiver.acknowledgesInOrder(t, kind),
    );
  }
  requirement(
    "[MQTT-4.6.0-5]",
    'A Server MUST by default treat each Topic as an "Ordered Topic".',
    sender.resentInOrder,
  );
  requirement(
    "[MQTT-4.7.3-3]",
    "Topic Names and Topic Filters are UTF-8 encoded strings, they MUST NOT encode to more than 65535 bytes.",
    subscriptions.longestTopic,
  );
  requirement(
    "[MQTT-4.8.0-2]",
    "If the Client or Server encounters a Transient Error while processing an inbound Control Packet it MUST close the Network Connection on which it received that Control Packet.",
    async (t) => {
      // Which errors are transient is the server's affair; here, that none is answered by silence.
      const client = await t.connect();
      client.send(publish(4, { topic: "chat/none", payload: "x", qos: 1, id: 3 }));
      await t.answered(client, "puback");
    },
  );
});
