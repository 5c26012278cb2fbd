// §3.4 to §3.11: the acknowledgements, their reason codes, their identifiers, their order.
import assert from "node:assert/strict";
import { ack, publish } from "../clients/mqtt-packets.ts";
import * as subscriptions from "../mqtt-checks/subscriptions.ts";
import { requirement } from "./requirement.ts";

const publishCodes: ReadonlySet<number> = new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]);
const releaseCodes: ReadonlySet<number> = new Set([0x00, 0x92]);
const subscribeCodes: ReadonlySet<number> = new Set([
  0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2,
]);
const unsubscribeCodes: ReadonlySet<number> = new Set([0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91]);

/** Welcome and unwelcome ones. */
const topics = ["$SYS/x", "chat/none", "chat/dm/nobody of that name"];

describe("MQTT 5.0 acknowledgements", () => {
  requirement(
    "[MQTT-3.4.2-1]",
    "The Client or Server sending the PUBACK packet MUST use one of the PUBACK Reason Codes.",
    async (t) => {
      const client = await t.connect();
      for (const topic of [t.topic(), ...topics]) {
        const { code } = (await client.publish({ topic, payload: "x", qos: 1 }))!;
        assert.ok(publishCodes.has(code), `0x${code.toString(16)}`);
      }
    },
    { about: "of refused topics, too" },
  );
  requirement(
    "[MQTT-3.5.2-1]",
    "The Client or Server sending the PUBREC packet MUST use one of the PUBREC Reason Codes.",
    async (t) => {
      const client = await t.connect();
      for (const topic of [t.topic(), ...topics]) {
        const id = client.id();
        client.send(publish(5, { topic, payload: "x", qos: 2, id }));
        const { code } = await client.take("pubrec");
        assert.ok(publishCodes.has(code), `0x${code.toString(16)}`);
        if (code < 0x80) client.send(ack("pubrel", id));
        if (code < 0x80) await client.take("pubcomp");
      }
    },
  );
  requirement(
    "[MQTT-3.6.2-1]",
    "The Client or Server sending the PUBREL packet MUST use one of the PUBREL Reason Codes.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 2);
      await publisher.publish({ topic: t.topic(), payload: "x", qos: 2 });
      assert.equal((await subscriber.take("pubrel")).code, 0);
      subscriber.send(ack("pubrec", 4_000));
      await subscriber.ping();
      for (const packet of subscriber.waiting)
        if (packet.kind === "pubrel") assert.ok(releaseCodes.has(packet.code), `0x${packet.code.toString(16)}`);
    },
  );
  requirement(
    "[MQTT-3.7.2-1]",
    "The Client or Server sending the PUBCOMP packets MUST use one of the PUBCOMP Reason Codes.",
    async (t) => {
      const client = await t.connect();
      const done = await client.publish({ topic: t.topic(), payload: "x", qos: 2 });
      assert.deepEqual([done!.kind, done!.code], ["pubcomp", 0]);
      client.send(ack("pubrel", 4_000));
      const { code } = await client.take("pubcomp");
      assert.ok(releaseCodes.has(code), `0x${code.toString(16)}`);
    },
  );
  requirement(
    "[MQTT-2.2.1-6]",
    "A SUBACK and UNSUBACK MUST contain the Packet Identifier that was used in the corresponding SUBSCRIBE and UNSUBSCRIBE packet respectively.",
    subscriptions.answersWithItsIdentifier,
  );
  requirement(
    "[MQTT-3.8.4-1]",
    "When the Server receives a SUBSCRIBE packet from a Client, the Server MUST respond with a SUBACK packet.",
    async (t) => {
      const client = await t.connect();
      // Refused or granted, valid or not in its filter: it is answered, or the connection ends.
      for (const filter of [t.topic(), "chat/none", "$SYS/#", t.topic()]) {
        assert.equal((await client.subscribe(filter, 1)).codes.length, 1);
      }
    },
  );
  requirement(
    "[MQTT-3.8.4-2]",
    "The SUBACK packet MUST have the same Packet Identifier as the SUBSCRIBE packet that it is acknowledging.",
    subscriptions.answersWithItsIdentifier,
  );
  requirement(
    "[MQTT-3.8.4-5]",
    "If a Server receives a SUBSCRIBE packet that contains multiple Topic Filters it MUST handle that packet as if it had received a sequence of multiple SUBSCRIBE packets, except that it combines their responses into a single SUBACK response.",
    subscriptions.manyFiltersAreManySubscriptions,
  );
  requirement(
    "[MQTT-3.8.4-6]",
    "The SUBACK packet sent by the Server to the Client MUST contain a Reason Code for each Topic Filter/Subscription Option pair.",
    async (t) => {
      const client = await t.connect();
      for (const count of [1, 2, 7, 20]) {
        const filters = Array.from({ length: count }, (_, n) => [t.topic(`${n}`), n % 3] as const);
        assert.equal((await client.subscribe(filters)).codes.length, count);
      }
    },
  );
  requirement(
    "[MQTT-3.8.4-7]",
    "This Reason Code MUST either show the maximum QoS that was granted for that Subscription or indicate that the subscription failed.",
    async (t) => {
      const client = await t.connect();
      const { codes } = await client.subscribe([0, 1, 2].map((qos) => [t.topic(`${qos}`), qos] as const));
      for (const [requested, code] of codes.entries()) assert.ok(code <= requested || code >= 0x80, `${code}`);
    },
  );
  requirement(
    "[MQTT-3.8.4-8]",
    "The QoS of Application Messages sent in response to a Subscription MUST be the minimum of the QoS of the originally published message and the Maximum QoS granted by the Server.",
    subscriptions.qosIsTheLesser,
  );
  requirement(
    "[MQTT-3.9.3-1]",
    "The order of Reason Codes in the SUBACK packet MUST match the order of Topic Filters in the SUBSCRIBE packet.",
    async (t) => {
      const client = await t.connect();
      const wanted = [2, 0, 1, 1, 0, 2];
      const { codes } = await client.subscribe(wanted.map((qos, n) => [t.topic(`${n}`), qos] as const));
      assert.deepEqual(codes, wanted);
    },
  );
  requirement(
    "[MQTT-3.9.3-2]",
    "The Server sending a SUBACK packet MUST use one of the Subscribe Reason Codes for each Topic Filter received.",
    async (t) => {
      const client = await t.connect();
      for (const filter of [t.topic(), "chat/none", "$SYS/#", "#"]) {
        const [code] = (await client.subscribe(filter, 2)).codes;
        assert.ok(subscribeCodes.has(code!), `0x${code?.toString(16)} for ${filter}`);
      }
    },
    { about: "of refused filters, too" },
  );
  requirement(
    "[MQTT-3.10.4-1]",
    "The Topic Filters (whether they contain wildcards or not) supplied in an UNSUBSCRIBE packet MUST be compared character-by-character with the current set of Topic Filters held by the Server for the Client. If any filter matches exactly then its owning Subscription MUST be deleted.",
    subscriptions.comparesCharacters,
  );
  requirement(
    "[MQTT-3.10.4-2]",
    "When a Server receives UNSUBSCRIBE It MUST stop adding any new messages which match the Topic Filters, for delivery to the Client.",
    subscriptions.manyFiltersAreManyUnsubscriptions,
  );
  requirement(
    "[MQTT-3.10.4-3]",
    "When a Server receives UNSUBSCRIBE It MUST complete the delivery of any QoS 1 or QoS 2 messages which match the Topic Filters and it has started to send to the Client.",
    subscriptions.unsubscribingLetsExchangesEnd,
    { about: "and begin no new ones" },
  );
  requirement(
    "[MQTT-3.10.4-4]",
    "The Server MUST respond to an UNSUBSCRIBE request by sending an UNSUBACK packet.",
    async (t) => {
      const client = await t.connect();
      await client.subscribe(t.topic(), 1);
      assert.deepEqual((await client.unsubscribe(t.topic())).codes, [0]);
    },
  );
  requirement(
    "[MQTT-3.10.4-5]",
    "The UNSUBACK packet MUST have the same Packet Identifier as the UNSUBSCRIBE packet. Even where no Topic Subscriptions are deleted, the Server MUST respond with an UNSUBACK.",
    subscriptions.answersWhatWasNeverThere,
  );
  requirement(
    "[MQTT-3.10.4-6]",
    "If a Server receives an UNSUBSCRIBE packet that contains multiple Topic Filters, it MUST process that packet as if it had received a sequence of multiple UNSUBSCRIBE packets, except that it sends just one UNSUBACK response.",
    subscriptions.manyFiltersAreManyUnsubscriptions,
  );
  requirement(
    "[MQTT-3.11.3-2]",
    "The Server sending the UNSUBACK packet MUST use one of the Unsubscribe Reason Codes for each Topic Filter received.",
    async (t) => {
      const client = await t.connect();
      await client.subscribe(t.topic("a"), 1);
      const { codes } = await client.unsubscribe(t.topic("a"), t.topic("b"), "chat/none", "#");
      assert.equal(codes.length, 4);
      for (const code of codes) assert.ok(unsubscribeCodes.has(code), `0x${code.toString(16)}`);
    },
  );
});
