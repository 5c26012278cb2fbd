// §3.8 SUBSCRIBE to §3.11 UNSUBACK.
import assert from "node:assert/strict";
import { publish } from "../clients/mqtt-packets.ts";
import * as subscriptions from "../mqtt-checks/subscriptions.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 3.1.1 SUBSCRIBE and UNSUBSCRIBE", () => {
  requirement(
    "[MQTT-3.8.4-1]",
    "When the Server receives a SUBSCRIBE packet from a Client, the Server MUST respond with a SUBACK packet: before it sends what the subscription brings, although it is permitted to begin earlier.",
    subscriptions.answersBeforeWhatItBrings,
    { about: "and then retained messages" },
  );
  requirement(
    "[MQTT-3.8.4-2]",
    "The SUBACK Packet MUST have the same Packet Identifier as the SUBSCRIBE Packet that it is acknowledging.",
    async (t) => {
      const client = await t.connect();

      for (let n = 0; n < 3; n++) await client.subscribe(t.topic(`${n}`));
    },
  );

  requirement(
    "[MQTT-3.9.3-1]",
    "The order of return codes in the SUBACK Packet MUST match the order of Topic Filters in the SUBSCRIBE Packet.",
    async (t) => {
      const client = await t.connect();

      const suback = await client.subscribe([
        [t.topic("a"), 2],
        [t.topic("b"), 0],
        [t.topic("c/#"), 1],
      ]);

      assert.deepEqual(suback.codes, [2, 0, 1]);
    },
  );

  requirement(
    "[MQTT-3.10.4-4]",
    "The Server MUST send an UNSUBACK packet. The UNSUBACK Packet MUST have the same Packet Identifier as the UNSUBSCRIBE Packet.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic("a"), 1);
      await subscriber.subscribe(t.topic("b"), 1);

      await subscriber.unsubscribe(t.topic("a"));

      await publisher.publish({ topic: t.topic("a"), payload: "unheard", qos: 1 });
      await publisher.publish({ topic: t.topic("b"), payload: "heard", qos: 1 });
      assert.equal((await subscriber.message()).text, "heard", "[MQTT-3.10.4-2]");
    },
  );

  requirement(
    "[MQTT-3.10.4-5]",
    "Even where no Topic Subscriptions are deleted, the Server MUST respond with an UNSUBACK.",
    async (t) => {
      const client = await t.connect();

      await client.unsubscribe(t.topic("never"), t.topic("ever"));
    },
  );

  requirement(
    "[MQTT-3.10.4-1]",
    "The Topic Filters (whether they contain wildcards or not) supplied in an UNSUBSCRIBE packet MUST be compared character-by-character with the current set of Topic Filters held by the Server for the Client. If any filter matches exactly then its owning Subscription is deleted, otherwise no additional processing occurs.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic("+"), 1);

      await subscriber.unsubscribe(t.topic("#"), t.topic("a"));

      await publisher.publish({ topic: t.topic("a"), payload: "still", qos: 1 });
      assert.equal((await subscriber.message()).text, "still");
    },
  );

  requirement(
    "[MQTT-3.8.4-1]",
    "The Server is permitted to start sending PUBLISH packets matching the Subscription before the Server sends the SUBACK Packet; it MUST respond with a SUBACK Packet in any case.",
    async (t) => {
      const client = await t.connect();
      const topic = t.topic();

      for (let n = 0; n < 20; n++) client.send(publish(4, { topic, payload: `${n}` }));
      await client.subscribe(topic, 0);
      await client.publish({ topic, payload: "after" });

      await client.take("publish", (packet) => packet.payload.toString() === "after");
    },
  );
});
