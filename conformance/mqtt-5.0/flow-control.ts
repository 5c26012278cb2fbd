// §4.9 flow control, §3.1.2.11.4 Maximum Packet Size, §3.3.2.3.4 Topic Alias.
import assert from "node:assert/strict";
import { ack, publish } from "../clients/mqtt-packets.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 5.0 flow control, sizes and aliases", () => {
  requirement(
    "[MQTT-3.3.4-9]",
    "The Server MUST NOT send more than Receive Maximum QoS 1 and QoS 2 PUBLISH packets for which it has not received PUBACK, PUBCOMP, or PUBREC with a Reason Code of 128 or greater from the Client.",
    async (t) => {
      const publisher = await t.connect();
      const slow = await t.connect({ properties: { receiveMaximum: 2 } });
      slow.acknowledges = false;
      await slow.subscribe(t.topic(), 1);
      for (let n = 0; n < 5; n++) await publisher.publish({ topic: t.topic(), payload: `${n}`, qos: 1 });
      const first = [await slow.message(), await slow.message()];

      await slow.ping();

      assert.deepEqual(slow.waiting, [], "more in flight than the Receive Maximum");
      slow.send(ack("puback", first[0]!.id));
      assert.equal((await slow.message()).text, "2");
      await slow.ping();
      assert.deepEqual(slow.waiting, []);
      slow.send(ack("puback", first[1]!.id));
      assert.equal((await slow.message()).text, "3");
    },
  );

  requirement(
    "[MQTT-3.3.4-10]",
    "The Server MUST NOT delay the sending of any packets other than PUBLISH packets due to having sent Receive Maximum PUBLISH packets without receiving acknowledgements for them.",
    async (t) => {
      const publisher = await t.connect();
      const slow = await t.connect({ properties: { receiveMaximum: 1 } });
      slow.acknowledges = false;
      await slow.subscribe(t.topic(), 1);
      for (let n = 0; n < 2; n++) await publisher.publish({ topic: t.topic(), payload: `${n}`, qos: 1 });
      await slow.message();

      await slow.ping();
      const suback = await slow.subscribe(t.topic("more"), 1);

      assert.deepEqual(suback.codes, [1]);
    },
  );

  requirement(
    "[MQTT-3.3.4-7]",
    "If it receives more than Receive Maximum QoS 1 and QoS 2 PUBLISH packets where it has not sent a PUBACK or PUBCOMP in response, the Server uses a DISCONNECT packet with Reason Code 0x93 (Receive Maximum exceeded).",
    async (t) => {
      const client = await t.connect();
      const quota = client.connack.properties.receiveMaximum ?? 65_535;
      if (quota > 4_000) throw new NotOffered("the server's Receive Maximum is too large to be exceeded in a check");

      // QoS 2 without PUBREL stays in flight, whatever the server's speed.
      client.send(
        ...Array.from({ length: quota + 1 }, (_, n) =>
          publish(5, { topic: t.topic(), payload: "x", qos: 2, id: n + 1 }),
        ),
      );

      await t.refuses(client, 0x93);
    },
    { about: "M15" },
  );

  requirement(
    "[MQTT-3.1.2-24]",
    "The Server MUST NOT send packets exceeding Maximum Packet Size to the Client.",
    async (t) => {
      const publisher = await t.connect();
      const small = await t.connect({ properties: { maximumPacketSize: 200 } });
      await small.subscribe(t.topic(), 1);

      await publisher.publish({ topic: t.topic(), payload: "x".repeat(500), qos: 1 });
      await publisher.publish({ topic: t.topic(), payload: "fits", qos: 1 });

      const got = await small.message();
      assert.equal(got.text, "fits", "[MQTT-3.1.2-25] it acts as if it had sent what is too large");
      assert.ok(got.size <= 200);
    },
  );

  requirement(
    "[MQTT-3.2.2-15]",
    "The Client MUST NOT send packets exceeding Maximum Packet Size to the Server.",
    async (t) => {
      const client = await t.connect();
      const limit = client.connack.properties.maximumPacketSize;
      if (limit === undefined || limit > 10_000_000)
        throw new NotOffered("the server states no Maximum Packet Size that could be exceeded in a check");

      client.send(publish(5, { topic: t.topic(), payload: Buffer.alloc(limit) }));

      await t.refuses(client, 0x95);
    },
    { about: "M03" },
  );

  requirement(
    "[MQTT-3.3.2-12]",
    "A Server MUST accept all Topic Alias values greater than 0 and less than or equal to the Topic Alias Maximum value that it returned in the CONNACK packet.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic("+"), 1);
      const maximum = publisher.connack.properties.topicAliasMaximum ?? 0;
      if (maximum === 0) throw new NotOffered("the server takes no topic aliases");

      for (const topicAlias of new Set([1, maximum])) {
        await publisher.publish({
          topic: t.topic(`${topicAlias}`),
          payload: "named",
          qos: 1,
          properties: { topicAlias },
        });
        await publisher.publish({ topic: "", payload: "by alias", qos: 1, properties: { topicAlias } });

        const got = [await subscriber.message(), await subscriber.message()];
        assert.deepEqual(
          got.map((message) => message.topic),
          [t.topic(`${topicAlias}`), t.topic(`${topicAlias}`)],
        );
      }
      await publisher.publish({ topic: t.topic("moved"), payload: "", properties: { topicAlias: 1 } });
      await publisher.publish({ topic: "", payload: "", properties: { topicAlias: 1 } });
      assert.deepEqual(
        [(await subscriber.message()).topic, (await subscriber.message()).topic],
        [t.topic("moved"), t.topic("moved")],
        "a new mapping replaces the old",
      );
    },
  );

  requirement(
    "[MQTT-3.3.2-8]",
    "A sender MUST NOT send a PUBLISH packet containing a Topic Alias which has the value 0.",
    async (t) => {
      const client = await t.connect();

      client.send(publish(5, { topic: t.topic(), properties: { topicAlias: 0 } }));

      await t.refuses(client, 0x94, 0x82, 0x81);
    },
    { about: "M16" },
  );

  requirement(
    "[MQTT-3.3.2-9]",
    "A Client MUST NOT send a PUBLISH packet with a Topic Alias greater than the Topic Alias Maximum value returned by the Server in the CONNACK packet.",
    async (t) => {
      const client = await t.connect();
      const maximum = client.connack.properties.topicAliasMaximum ?? 0;
      if (maximum === 65_535) throw new NotOffered("every alias is allowed");

      client.send(publish(5, { topic: t.topic(), properties: { topicAlias: maximum + 1 } }));

      await t.refuses(client, 0x94);
    },
    { about: "M16" },
  );

  requirement(
    "[MQTT-3.3.2-7]",
    "A receiver MUST NOT carry forward any Topic Alias mappings from one Network Connection to another.",
    async (t) => {
      const options = { clientId: t.name(), clean: false, properties: { sessionExpiry: 60 } };
      const first = await t.connect(options);
      if ((first.connack.properties.topicAliasMaximum ?? 0) === 0)
        throw new NotOffered("the server takes no topic aliases");
      await first.publish({ topic: t.topic(), qos: 1, properties: { topicAlias: 1 } });
      await first.drop();

      const second = await t.connect(options);
      second.send(publish(5, { topic: "", properties: { topicAlias: 1 } }));

      await t.refuses(second, 0x82, 0x94);
    },
  );

  requirement(
    "[MQTT-3.1.2-27]",
    "If Topic Alias Maximum is absent or zero, the Server MUST NOT send any Topic Aliases to the Client.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 0);

      for (let n = 0; n < 5; n++) await publisher.publish({ topic: t.topic(), payload: `${n}` });

      for (let n = 0; n < 5; n++) {
        const got = await subscriber.message();
        assert.deepEqual([got.topic, got.properties.topicAlias], [t.topic(), undefined]);
      }
    },
  );

  requirement(
    "[MQTT-3.1.2-26]",
    "The Server MUST NOT send a Topic Alias in a PUBLISH packet to the Client greater than Topic Alias Maximum.",
    async (t) => {
      const publisher = await t.connect();
      const subscriber = await t.connect({ properties: { topicAliasMaximum: 1 } });
      await subscriber.subscribe(t.topic("+"));
      const names = new Map<number, string>();

      for (const name of ["a", "b", "a", "b", "c"]) await publisher.publish({ topic: t.topic(name), payload: name });

      for (const name of ["a", "b", "a", "b", "c"]) {
        const { topic, text, properties } = await subscriber.message();
        const alias = properties.topicAlias;
        if (alias !== undefined) assert.equal(alias, 1);
        if (alias !== undefined && topic !== "") names.set(alias, topic);
        assert.equal(topic === "" ? names.get(alias!) : topic, t.topic(name));
        assert.equal(text, name);
      }
    },
  );
});
