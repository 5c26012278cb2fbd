// §3.8 SUBSCRIBE: options, identifiers, shared subscriptions; §3.10 UNSUBSCRIBE.
import assert from "node:assert/strict";
import { NotOffered } from "../requirement.ts";
import * as subscriptions from "../mqtt-checks/subscriptions.ts";
import { requirement } from "./requirement.ts";

const noLocal = 0x04;
const retainAsPublished = 0x08;
const retainIfNew = 0x10;
const retainNever = 0x20;

const wrongFilters = [
  ["[MQTT-4.7.1-1]", "a/#/b"],
  ["[MQTT-4.7.1-1]", "a#"],
  ["[MQTT-4.7.1-2]", "a+/b"],
  ["[MQTT-4.7.3-1]", ""],
  ["[MQTT-4.8.2-1]", "$share//x"],
  ["[MQTT-4.8.2-2]", "$share/g"],
  ["[MQTT-4.8.2-2]", "$share/g+/x"],
] as const;

describe("MQTT 5.0 SUBSCRIBE and UNSUBSCRIBE", () => {
  requirement(
    "[MQTT-3.8.4-1]",
    "When the Server receives a SUBSCRIBE packet from a Client, the Server MUST respond with a SUBACK packet: before it sends what the subscription brings, although it is permitted to begin earlier.",
    subscriptions.answersBeforeWhatItBrings,
    { about: "and then retained messages" },
  );
  requirement(
    "[MQTT-3.8.3-3]",
    "Bit 2 of the Subscription Options represents the No Local option. If the value is 1, Application Messages MUST NOT be forwarded to a connection with a ClientID equal to the ClientID of the publishing connection.",
    async (t) => {
      const [self, other] = [await t.connect(), await t.connect()];
      await self.subscribe(t.topic(), 1 | noLocal);

      await self.publish({ topic: t.topic(), payload: "mine", qos: 1 });
      await other.publish({ topic: t.topic(), payload: "yours", qos: 1 });

      assert.equal((await self.message()).text, "yours");
    },
  );

  requirement(
    "[MQTT-3.3.1-13]",
    "If the value of Retain As Published subscription option is set to 1, the Server MUST set the RETAIN flag equal to the RETAIN flag in the received PUBLISH packet.",
    async (t) => {
      const [publisher, plain] = await t.pair(t.topic(), 1);
      const faithful = await t.connect();
      await faithful.subscribe(t.topic(), 1 | retainAsPublished);

      await t.retain(publisher, t.topic(), "retained", 1);
      await publisher.publish({ topic: t.topic(), payload: "passing", qos: 1 });

      assert.deepEqual([(await faithful.message()).retain, (await faithful.message()).retain], [true, false]);
      assert.equal((await plain.message()).retain, false, "[MQTT-3.3.1-12]");
    },
  );

  requirement(
    "[MQTT-3.3.1-10]",
    "If Retain Handling is set to 1 then if the subscription did not already exist, the Server MUST send all retained message matching the Topic Filter of the subscription to the Client, and if the subscription did exist the Server MUST NOT send the retained messages.",
    async (t) => {
      const publisher = await t.connect();
      await t.retain(publisher, t.topic(), "kept", 1);
      const client = await t.connect();

      await client.subscribe(t.topic(), 1 | retainIfNew);
      assert.equal((await client.message()).text, "kept");
      await client.subscribe(t.topic(), 1 | retainIfNew);
      await publisher.publish({ topic: t.topic(), payload: "marker", qos: 1 });

      assert.equal((await client.message()).text, "marker");
    },
  );

  requirement(
    "[MQTT-3.3.1-11]",
    "If Retain Handling is set to 2, the Server MUST NOT send retained messages at the time of the subscribe.",
    async (t) => {
      const publisher = await t.connect();
      await t.retain(publisher, t.topic(), "kept", 1);
      const client = await t.connect();

      await client.subscribe(t.topic(), 1 | retainNever);
      await publisher.publish({ topic: t.topic(), payload: "marker", qos: 1 });

      assert.equal((await client.message()).text, "marker");
    },
  );

  requirement(
    "[MQTT-3.8.4-4]",
    "If the Retain Handling option is 0, any existing retained messages matching the Topic Filter MUST be re-sent, but Application Messages MUST NOT be lost due to replacing the Subscription.",
    async (t) => {
      const publisher = await t.connect();
      await t.retain(publisher, t.topic(), "kept", 1);
      const client = await t.connect();

      for (let n = 0; n < 2; n++) {
        await client.subscribe(t.topic(), 1);
        assert.equal((await client.message()).text, "kept");
      }
    },
  );

  requirement(
    "[MQTT-3.3.4-3]",
    "If the Client specified a Subscription Identifier for any of the overlapping subscriptions the Server MUST send those Subscription Identifiers in the message which is published as the result of the subscriptions.",
    async (t) => {
      const publisher = await t.connect();
      const client = await t.connect();
      if (client.connack.properties.subscriptionIdsAvailable === 0) throw new NotOffered("no subscription identifiers");
      await client.subscribe(t.topic("#"), 1, { subscriptionId: [7] });
      await client.subscribe(t.topic("a"), 1, { subscriptionId: [268_435_455] });

      await publisher.publish({ topic: t.topic("a"), payload: "x", qos: 1 });
      await publisher.publish({ topic: t.topic("b"), payload: "marker", qos: 1 });

      const ids: number[] = [];
      for (;;) {
        const got = await client.message();
        if (got.text === "marker") {
          assert.deepEqual(got.properties.subscriptionId, [7]);
          break;
        }
        ids.push(...(got.properties.subscriptionId ?? []));
      }
      assert.deepEqual(
        ids.sort((a, b) => a - b),
        [7, 268_435_455],
      );
    },
  );

  requirement(
    "[MQTT-3.8.4-3]",
    "If a Server receives a SUBSCRIBE packet containing a Topic Filter that is identical to a Non-shared Subscription's Topic Filter for the current Session then it MUST replace that existing Subscription with a new Subscription.",
    async (t) => {
      const publisher = await t.connect();
      const client = await t.connect();
      await client.subscribe(t.topic(), 0, { subscriptionId: [1] });
      await client.subscribe(t.topic(), 1, { subscriptionId: [2] });

      for (const payload of ["x", "marker"]) await publisher.publish({ topic: t.topic(), payload, qos: 1 });

      const got = await client.message();
      assert.deepEqual([got.text, got.qos, got.properties.subscriptionId], ["x", 1, [2]]);
      assert.equal((await client.message()).text, "marker", "one copy");
    },
  );

  requirement(
    "[MQTT-3.9.3-2]",
    "The Server sending a SUBACK packet MUST send one of the Subscribe Reason Codes for each Topic Filter received.",
    async (t) => {
      const client = await t.connect();

      const suback = await client.subscribe([
        [t.topic("a"), 2],
        [t.topic("b"), 0],
        [t.topic("c"), 1],
      ]);

      assert.deepEqual(suback.codes, [2, 0, 1], "[MQTT-3.9.3-1] in order");
    },
  );

  requirement(
    "[MQTT-3.11.3-1]",
    "The order of Reason Codes in the UNSUBACK packet MUST match the order of Topic Filters in the UNSUBSCRIBE packet.",
    async (t) => {
      const client = await t.connect();
      await client.subscribe(t.topic("a"));

      const unsuback = await client.unsubscribe(t.topic("a"), t.topic("never"));

      assert.deepEqual(unsuback.codes, [0x00, 0x11], "Success, No subscription existed");
    },
  );

  requirement(
    "[MQTT-3.10.4-3]",
    "When a Server receives UNSUBSCRIBE It MUST complete the delivery of any QoS 1 or QoS 2 messages which match the Topic Filters and it has started to send to the Client.",
    async (t) => {
      const [publisher, client] = await t.pair(t.topic(), 2);
      client.acknowledges = false;
      await publisher.publish({ topic: t.topic(), payload: "started", qos: 2 });
      const { id } = await client.message();

      await client.unsubscribe(t.topic());
      client.acknowledges = true;
      client.send(Buffer.from([0x50, 2, id >> 8, id & 0xff]));

      assert.equal((await client.take("pubrel")).id, id);
    },
  );

  requirement(
    "[MQTT-4.7.2-1]",
    "The Server MUST NOT match Topic Filters starting with a wildcard character (# or +) with Topic Names beginning with a $ character.",
    async (t) => {
      const [publisher, client] = await t.pair("#", 0);
      await client.subscribe("+/+/+");

      await publisher.publish({ topic: t.topic("end"), payload: "end" });

      for (;;) {
        const got = await client.message();
        assert.ok(!got.topic.startsWith("$"), got.topic);
        if (got.topic === t.topic("end")) return;
      }
    },
  );

  for (const [clause, filter] of wrongFilters) {
    requirement(
      clause,
      "Filters that break the rules on wildcards and share names (§4.7.1, §4.8.2) must not be granted: a SUBACK with 0x8F (Topic Filter invalid), or the connection closed as malformed.",
      async (t) => {
        const client = await t.connect();

        const outcome = await Promise.any([
          client.subscribe(filter).then((suback) => suback.codes[0]!),
          client.closed().then(() => "closed" as const),
        ]);

        assert.ok(outcome === "closed" || outcome >= 0x80, `granted with ${outcome}`);
      },
      { about: `filter "${filter}"` },
    );
  }

  requirement(
    "[MQTT-4.8.2-1]",
    "A Shared Subscription's Topic Filter MUST start with $share/ and MUST contain a ShareName that is at least one character long.",
    async (t) => {
      const publisher = await t.connect();
      const [one, two] = [await t.connect(), await t.connect()];
      if (one.connack.properties.sharedAvailable === 0) throw new NotOffered("no shared subscriptions");
      for (const client of [one, two]) await client.subscribe(`$share/group/${t.topic()}`, 1);

      for (let n = 0; n < 10; n++) await publisher.publish({ topic: t.topic(), payload: `${n}`, qos: 1 });

      await one.ping();
      await two.ping();
      const texts = [...one.waiting, ...two.waiting].map((packet) => packet.payload.toString());
      assert.deepEqual(
        texts.sort(),
        Array.from({ length: 10 }, (_, n) => `${n}`),
        "each message to one of the group",
      );
    },
    { about: "delivery" },
  );

  requirement(
    "[MQTT-3.8.3-4]",
    "It is a Protocol Error to set the No Local bit to 1 on a Shared Subscription.",
    async (t) => {
      const client = await t.connect();
      if (client.connack.properties.sharedAvailable === 0) throw new NotOffered("no shared subscriptions");

      void client.subscribe(`$share/group/${t.topic()}`, noLocal).catch(() => {});

      await t.refuses(client, 0x82);
    },
  );
});
