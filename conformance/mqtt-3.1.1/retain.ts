// §3.3.1.3 RETAIN.
import assert from "node:assert/strict";
import { requirement } from "./requirement.ts";

describe("MQTT 3.1.1 retained messages", () => {
  requirement(
    "[MQTT-3.3.1-6]",
    "When a new subscription is established, the last retained message, if any, on each matching topic name MUST be sent to the subscriber.",
    async (t) => {
      const publisher = await t.connect();
      await t.retain(publisher, t.topic("a"), "old", 1);
      await t.retain(publisher, t.topic("a"), "new", 1);
      await t.retain(publisher, t.topic("b"), "other", 1);
      const subscriber = await t.connect();

      await subscriber.subscribe(t.topic("+"), 1);

      const got = [await subscriber.message(), await subscriber.message()];
      assert.deepEqual(got.map((message) => message.text).sort(), ["new", "other"]);
      assert.ok(
        got.every((message) => message.retain),
        "[MQTT-3.3.1-8] RETAIN is 1 when sent as a result of a new subscription",
      );
    },
  );

  requirement(
    "[MQTT-3.3.1-9]",
    "It MUST set the RETAIN flag to 0 when a PUBLISH Packet is sent to a Client because it matches an established subscription regardless of how the flag was set in the message it received.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 1);

      await t.retain(publisher, t.topic(), "live", 1);

      assert.equal((await subscriber.message()).retain, false);
    },
  );

  requirement(
    "[MQTT-3.3.1-10]",
    "A PUBLISH Packet with a RETAIN flag set to 1 and a payload containing zero bytes will be processed as normal by the Server and sent to Clients with a subscription matching the topic name. Additionally any existing retained message with the same topic name MUST be removed.",
    async (t) => {
      const publisher = await t.connect();
      const [early, late] = [await t.connect(), await t.connect()];
      await t.retain(publisher, t.topic(), "gone soon", 1);
      await early.subscribe(t.topic(), 1);
      await early.message();

      await publisher.publish({ topic: t.topic(), payload: "", qos: 1, retain: true });

      const empty = await early.message();
      assert.deepEqual([empty.text, empty.retain], ["", false], "sent as normal");
      await late.subscribe(t.topic(), 1);
      await publisher.publish({ topic: t.topic(), payload: "marker", qos: 1 });
      assert.equal((await late.message()).text, "marker", "a removed message was sent");
    },
  );

  requirement(
    "[MQTT-3.3.1-12]",
    "If the RETAIN flag is 0, in a PUBLISH Packet sent by a Client to a Server, the Server MUST NOT store the message and MUST NOT remove or replace any existing retained message.",
    async (t) => {
      const publisher = await t.connect();
      await t.retain(publisher, t.topic(), "stays", 1);
      await publisher.publish({ topic: t.topic(), payload: "passes", qos: 1 });
      await publisher.publish({ topic: t.topic(), payload: "", qos: 1 });
      const subscriber = await t.connect();

      await subscriber.subscribe(t.topic(), 1);

      assert.equal((await subscriber.message()).text, "stays");
    },
  );

  requirement(
    "[MQTT-3.3.1-5]",
    "If the RETAIN flag is set to 1, in a PUBLISH Packet sent by a Client to a Server, the Server MUST store the Application Message and its QoS, so that it can be delivered to future subscribers whose subscriptions match its topic name.",
    async (t) => {
      const publisher = await t.connect();
      await t.retain(publisher, t.topic("q1"), "1", 1);
      await t.retain(publisher, t.topic("q2"), "2", 2);
      const subscriber = await t.connect();

      await subscriber.subscribe(t.topic("#"), 2);

      const got = [await subscriber.message(), await subscriber.message()];
      assert.ok(got.every((message) => String(message.qos) === message.text));
    },
  );

  requirement(
    "[MQTT-3.1.2-7]",
    "Retained messages do not form part of the Session state in the Server, they MUST NOT be deleted when the Session ends.",
    async (t) => {
      const publisher = await t.connect();
      await t.retain(publisher, t.topic(), "outlives", 1);
      await publisher.drop();
      const subscriber = await t.connect();

      await subscriber.subscribe(t.topic(), 1);

      assert.equal((await subscriber.message()).text, "outlives");
    },
  );

  requirement(
    "[MQTT-3.8.4-3]",
    "A subscribe request which contains a Topic Filter that is identical to an existing Subscription's Topic Filter completely replaces that existing Subscription. Any existing retained messages matching the Topic Filter MUST be re-sent, but the flow of publications MUST NOT be interrupted.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 0);
      await t.retain(publisher, t.topic(), "pinned", 1);
      assert.equal((await subscriber.message()).retain, false);

      await subscriber.subscribe(t.topic(), 1);

      const again = await subscriber.message();
      assert.deepEqual([again.text, again.retain], ["pinned", true]);
      await publisher.publish({ topic: t.topic(), payload: "live", qos: 1 });
      const live = await subscriber.message();
      assert.deepEqual([live.text, live.qos], ["live", 1], "the new QoS holds, and one copy comes");
    },
  );
});
