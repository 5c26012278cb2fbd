// §4.7 Topic Names and Topic Filters.
import assert from "node:assert/strict";
import { publish } from "../clients/mqtt-packets.ts";
import type { MqttKit } from "../mqtt-kit.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 3.1.1 topics", () => {
  requirement(
    "[MQTT-4.7.1-2]",
    "The multi-level wildcard represents the parent and any number of child levels.",
    async (t) => {
      await match(
        t,
        t.topic("sport/#"),
        [t.topic("sport"), t.topic("sport/a"), t.topic("sport/a/b"), t.topic("sport/")],
        [t.topic("sports"), t.topic("spor")],
      );
    },
  );

  requirement(
    "[MQTT-4.7.1-3]",
    "The single-level wildcard can be used at any level in the Topic Filter, including first and last levels. Where it is used it MUST occupy an entire level of the filter.",
    async (t) => {
      await match(
        t,
        t.topic("+/b/+"),
        [t.topic("a/b/c"), t.topic("/b/"), t.topic("ä/b/日")],
        [t.topic("a/b"), t.topic("a/b/c/d"), t.topic("a/c/c")],
      );
    },
  );

  requirement(
    "[MQTT-4.7.2-1]",
    "The Server MUST NOT match Topic Filters starting with a wildcard character (# or +) with Topic Names beginning with a $ character.",
    async (t) => {
      const [publisher, subscriber] = await t.pair("#", 0);
      await subscriber.subscribe("+/broker/version");
      await subscriber.subscribe("+/+");

      await publisher.publish({ topic: t.topic("marker"), payload: "marker" });

      for (;;) {
        const got = await subscriber.message();
        assert.ok(!got.topic.startsWith("$"), `got ${got.topic}`);
        if (got.text === "marker") return;
      }
    },
  );

  requirement(
    "[MQTT-4.7.2-1]",
    "The Server SHOULD prevent Clients from using such Topic Names to exchange messages with other Clients.",
    async (t) => {
      const topic = `$${t.topic()}`;
      const [, subscriber] = await t.pair(`$${t.topic("#")}`, 2);
      await subscriber.subscribe(t.topic("marker"), 1);

      for (const qos of [0, 1, 2]) {
        const publisher = await t.connect();
        publisher.send(publish(4, { topic, payload: "x", qos, id: 5 }));
        if (qos > 0) await t.answered(publisher, qos === 1 ? "puback" : "pubrec"); // [MQTT-3.3.5-2]
      }
      const last = await t.connect();
      await last.publish({ topic: t.topic("marker"), payload: "marker", qos: 1 });

      assert.equal((await subscriber.message()).text, "marker");
    },
    { about: "exchanging messages" },
  );

  requirement(
    "[MQTT-3.3.5-2]",
    "A message that reaches nobody is owed to nobody: publishing to a topic that begins with $ is acknowledged according to the normal QoS rules, and the client goes on.",
    async (t) => {
      const client = await t.connect();
      for (const qos of [1, 2]) await client.publish({ topic: `$${t.topic()}`, payload: "x", qos });
      await client.ping();
    },
    { about: "a $ topic", needs: ["policy"] },
  );

  requirement(
    "[MQTT-4.7.3-4]",
    "When it performs subscription matching the Server MUST NOT perform any normalization of Topic Names or Topic Filters, or any modification or substitution of unrecognized characters.",
    async (t) => {
      // é as one code point and as two; case; empty levels; a byte order mark [MQTT-1.5.3-3].
      await match(
        t,
        t.topic("caf\u00e9"),
        [t.topic("caf\u00e9")],
        [t.topic("cafe\u0301"), t.topic("Caf\u00e9"), t.topic("caf\u00e9/"), t.topic("\ufeffcaf\u00e9")],
      );
    },
  );

  requirement(
    "[MQTT-1.5.3-3]",
    'A UTF-8 encoded sequence 0xEF 0xBB 0xBF is always to be interpreted to mean U+FEFF ("ZERO WIDTH NO-BREAK SPACE") wherever it appears in a string and MUST NOT be skipped over or stripped off by a packet receiver.',
    async (t) => {
      const topic = t.topic("\ufeffx");
      await match(t, t.topic("+"), [topic], []);
    },
  );

  for (const [filter, why] of [
    ["a/#/b", "[MQTT-4.7.1-2]"],
    ["a/b#", "[MQTT-4.7.1-2]"],
    ["a+/b", "[MQTT-4.7.1-3]"],
    ["", "[MQTT-4.7.3-1]"],
  ] as const) {
    requirement(
      why,
      "Topic filters that the rules on wildcards and length forbid are malformed: the subscription must fail, or the Network Connection be closed.",
      async (t) => {
        const client = await t.connect();

        const outcome = await Promise.any([
          client.subscribe(filter).then((suback) => suback.codes[0]),
          client.closed().then(() => "closed"),
        ]);

        assert.ok(outcome === "closed" || outcome === 0x80, `filter was granted with ${outcome}`);
      },
      { about: `filter "${filter}"` },
    );
  }
});

/** Publishes all the names, the ones that must not match first, and sees only the others arrive, in order. */
async function match(
  t: MqttKit,
  filter: string,
  matching: readonly string[],
  others: readonly string[],
): Promise<void> {
  const [publisher, subscriber] = await t.pair(filter, 1);
  await subscriber.subscribe(t.topic("the-end"), 1);

  for (const topic of [...others, ...matching, t.topic("the-end")])
    await publisher.publish({ topic, payload: "x", qos: 1 });

  for (const topic of [...matching, t.topic("the-end")]) assert.equal((await subscriber.message()).topic, topic);
}
