// §3.8.3.1 subscription options, §3.3.4 overlapping subscriptions and their identifiers, §4.9 flow control.
import assert from "node:assert/strict";
import { ack, publish } from "../clients/mqtt-packets.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

const noLocal = 0x04;
const retainIfNew = 0x10;

describe("MQTT 5.0 subscription options, identifiers and quota", () => {
  requirement(
    "[MQTT-3.3.4-2]",
    "When Clients make subscriptions with Topic Filters that include wildcards, it is possible for a Client's subscriptions to overlap. In this case the Server MUST deliver the message to the Client respecting the maximum QoS of all the matching subscriptions.",
    async (t) => {
      const [publisher, client] = await t.pair(t.topic("#"), 0);
      await client.subscribe(t.topic("+"), 2);
      await client.subscribe(t.topic("a"), 1);

      await publisher.publish({ topic: t.topic("a"), payload: "x", qos: 2 });
      await publisher.publish({ topic: t.topic("a"), payload: "marker", qos: 2 });

      const copies = [await client.message()];
      while (copies.at(-1)!.text !== "marker") copies.push(await client.message());
      assert.ok(copies.slice(0, -1).some((copy) => copy.qos === 2));
    },
  );
  requirement(
    "[MQTT-3.3.4-4]",
    "If the Server sends a single copy of the message it MUST include in the PUBLISH packet the Subscription Identifiers for all matching subscriptions which have a Subscription Identifiers, their order is not significant.",
    async (t) => {
      const [publisher, client] = [await t.connect(), await t.connect()];
      if (client.connack.properties.subscriptionIdsAvailable === 0) throw new NotOffered("no subscription identifiers");
      for (const [filter, id] of [
        ["#", 1],
        ["+/b", 128],
        ["a/b", 16_384],
        ["a/#", 268_435_455],
      ] as const)
        await client.subscribe(t.topic(filter), 1, { subscriptionId: [id] });
      await client.subscribe(t.topic("a/+"), 1); // without one

      await publisher.publish({ topic: t.topic("a/b"), payload: "x", qos: 1 });

      const first = await client.message();
      await client.ping();
      if (client.waiting.length > 0) throw new NotOffered("it sends a copy for each subscription");
      assert.deepEqual(
        [...(first.properties.subscriptionId ?? [])].sort((a, b) => a - b),
        [1, 128, 16_384, 268_435_455],
      );
    },
  );
  requirement(
    "[MQTT-3.3.4-5]",
    "If the Server sends multiple PUBLISH packets it MUST send, in each of them, the Subscription Identifier of the matching subscription if it has a Subscription Identifier.",
    async (t) => {
      const [publisher, client] = [await t.connect(), await t.connect()];
      if (client.connack.properties.subscriptionIdsAvailable === 0) throw new NotOffered("no subscription identifiers");
      for (const [filter, id] of [
        ["#", 5],
        ["a", 6],
      ] as const)
        await client.subscribe(t.topic(filter), 1, { subscriptionId: [id] });

      await publisher.publish({ topic: t.topic("a"), payload: "x", qos: 1 });

      const copies = [await client.message()];
      await client.ping();
      for (const { properties } of [...copies, ...client.waiting]) assert.ok(properties.subscriptionId !== undefined);
      const ids = [...copies, ...client.waiting].flatMap(({ properties }) => properties.subscriptionId ?? []);
      assert.deepEqual(new Set(ids), new Set([5, 6]));
    },
  );
  requirement(
    "§3.8.2.1.2",
    "The Subscription Identifier is associated with any subscription created or modified as the result of this SUBSCRIBE packet; a subscription without one carries none, and replacing it takes it away.",
    async (t) => {
      const [publisher, client] = [await t.connect(), await t.connect()];
      await t.retain(publisher, t.topic("kept"), "kept", 1);
      const seen: unknown[] = [];
      for (const properties of [{ subscriptionId: [9] }, {}]) {
        await client.subscribe(t.topic("kept"), 1, properties);
        seen.push((await client.message()).properties.subscriptionId);
        await publisher.publish({ topic: t.topic("kept"), payload: "live", qos: 1 });
        seen.push((await client.message()).properties.subscriptionId);
      }
      assert.deepEqual(seen, [[9], [9], undefined, undefined]);
    },
  );
  requirement(
    "[MQTT-3.8.3-3]",
    "No Local: Application Messages MUST NOT be forwarded to a connection with a ClientID equal to the ClientID of the publishing connection; it is the option of each subscription.",
    async (t) => {
      const client = await t.connect();
      await client.subscribe(t.topic("quiet"), 1 | noLocal);
      await client.subscribe(t.topic("loud"), 1);
      for (const name of ["quiet", "loud"]) await client.publish({ topic: t.topic(name), payload: name, qos: 1 });
      assert.equal((await client.message()).text, "loud");
      await client.ping();
      assert.deepEqual(client.waiting, []);
    },
    { about: "each subscription's own" },
  );
  requirement(
    "[MQTT-3.3.1-10]",
    "If Retain Handling is set to 1 then if the subscription did not already exist, the Server MUST send all retained messages; and one that was deleted did not exist.",
    async (t) => {
      const publisher = await t.connect();
      await t.retain(publisher, t.topic(), "kept", 1);
      const client = await t.connect();
      for (let n = 0; n < 2; n++) {
        await client.subscribe(t.topic(), 1 | retainIfNew);
        assert.equal((await client.message()).text, "kept");
        await client.unsubscribe(t.topic());
      }
    },
    { about: "after UNSUBSCRIBE" },
  );
  requirement(
    "[MQTT-3.3.1-10]",
    "If Retain Handling is set to 1 and the subscription did exist the Server MUST NOT send the retained messages: one of a resumed session did.",
    async (t) => {
      const options = t.lasting();
      const publisher = await t.connect();
      const first = await t.connect(options);
      await first.subscribe(t.topic(), 1 | retainIfNew);
      await first.drop();
      await t.retain(publisher, t.topic(), "kept", 1);
      const second = await t.connect(options);
      assert.equal((await second.message()).retain, false, "it came while the client was away");

      await second.subscribe(t.topic(), 1 | retainIfNew);

      await second.ping();
      assert.deepEqual(second.waiting, []);
    },
    { about: "after resuming" },
  );
  requirement(
    "[MQTT-4.9.0-1]",
    "The Client or Server MUST set its initial send quota to a non-zero value not exceeding the Receive Maximum.",
    async (t) => {
      const publisher = await t.connect();
      const client = await t.connect({ properties: { receiveMaximum: 1 } });
      client.acknowledges = false;
      await client.subscribe(t.topic(), 2);
      for (let n = 0; n < 3; n++) await publisher.publish({ topic: t.topic(), payload: `${n}`, qos: 2 });
      assert.equal((await client.message()).text, "0", "not zero");
      await client.ping();
      assert.deepEqual(client.waiting, [], "not more than one");
    },
  );
  requirement(
    "[MQTT-4.9.0-2]",
    "Each time the Client or Server sends a PUBLISH packet at QoS > 0, it decrements the send quota. If the send quota reaches zero, the Client or Server MUST NOT send any more PUBLISH packets with QoS > 0. It is incremented by PUBACK, PUBCOMP and a PUBREC with a Return Code of 0x80 or greater.",
    async (t) => {
      const publisher = await t.connect();
      const client = await t.connect({ properties: { receiveMaximum: 2 } });
      client.acknowledges = false;
      await client.subscribe(t.topic(), 2);
      for (let n = 0; n < 6; n++) await publisher.publish({ topic: t.topic(), payload: `${n}`, qos: 2 });
      const [one, two] = [await client.message(), await client.message()];
      client.send(ack("pubrec", one.id));
      await client.take("pubrel");
      await client.ping();
      assert.deepEqual(client.waiting, [], "PUBREC frees no place");
      client.send(ack("pubcomp", one.id));
      assert.equal((await client.message()).text, "2", "PUBCOMP does");
      client.send(ack("pubrec", two.id, 0x97));
      assert.equal((await client.message()).text, "3", "so does a PUBREC that refuses");
      await client.ping();
      assert.deepEqual(client.waiting, []);
    },
  );
  requirement(
    "[MQTT-4.9.0-3]",
    "The Client and Server MUST continue to process and respond to all other MQTT Control Packets even if the quota is zero.",
    async (t) => {
      const publisher = await t.connect();
      const client = await t.connect({ properties: { receiveMaximum: 1 } });
      client.acknowledges = false;
      await client.subscribe(t.topic("#"), 1);
      for (let n = 0; n < 2; n++) await publisher.publish({ topic: t.topic("a"), payload: `${n}`, qos: 1 });
      await client.message();

      await publisher.publish({ topic: t.topic("a"), payload: "QoS 0" });
      assert.equal((await client.publish({ topic: t.topic("b/none"), payload: "x", qos: 1 }))!.kind, "puback");
      client.send(publish(5, { topic: t.topic("none"), payload: "x", qos: 2, id: 70 }));
      await client.take("pubrec");
      client.send(ack("pubrel", 70));
      await client.take("pubcomp");
      assert.deepEqual((await client.unsubscribe(t.topic("#"))).codes, [0]);
      await client.ping();
    },
  );
});
