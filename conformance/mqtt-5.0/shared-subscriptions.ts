// §4.8.2 Shared Subscriptions: one of the group, and another when that one fails.
import assert from "node:assert/strict";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 5.0 Shared Subscriptions", () => {
  for (const filter of ["$share/g#/x", "$share/+/x", "$share/g/", "$share/g/a#"]) {
    requirement(
      "[MQTT-4.8.2-2]",
      'The ShareName MUST NOT contain the characters "/", "+" or "#", but MUST be followed by a "/" character. This "/" character MUST be followed by a Topic Filter.',
      async (t) => {
        const client = await t.connect();
        if (client.connack.properties.sharedAvailable === 0) throw new NotOffered("no shared subscriptions");
        const outcome = await Promise.any([
          client.subscribe(filter).then((suback) => suback.codes[0]!),
          client.closed().then(() => "closed" as const),
        ]);
        assert.ok(outcome === "closed" || outcome >= 0x80, `granted with ${outcome}`);
      },
      { about: `shared filter "${filter}"` },
    );
  }

  requirement(
    "MQTT 5.0 §4.8.2",
    "A Session that unsubscribes from a Shared Subscription gets no more of its messages; those that stay get them all.",
    async (t) => {
      const publisher = await t.connect();
      const [one, two] = [await t.connect(), await t.connect()];
      if (one.connack.properties.sharedAvailable === 0) throw new NotOffered("no shared subscriptions");
      for (const client of [one, two]) await client.subscribe(`$share/group/${t.topic()}`, 1);

      assert.deepEqual((await one.unsubscribe(`$share/group/${t.topic()}`)).codes, [0]);
      for (let n = 0; n < 4; n++) await publisher.publish({ topic: t.topic(), payload: `${n}`, qos: 1 });

      const texts: string[] = [];
      for (let n = 0; n < 4; n++) texts.push((await two.message()).text);
      assert.deepEqual(texts, ["0", "1", "2", "3"]);
      await one.ping();
      assert.equal(one.waiting.length, 0);
    },
  );

  requirement(
    "MQTT 5.0 §4.8.2",
    "If the Client's Session terminates before the Client reconnects, the Server SHOULD send the Application Message to another Client that is subscribed to the same Shared Subscription (QoS 1).",
    async (t) => {
      const publisher = await t.connect();
      const failing = await t.connect();
      if (failing.connack.properties.sharedAvailable === 0) throw new NotOffered("no shared subscriptions");
      failing.acknowledges = false;
      await failing.subscribe(`$share/group/${t.topic()}`, 1);
      await publisher.publish({ topic: t.topic(), payload: "once more", qos: 1 });
      await failing.message();
      const other = await t.connect();
      await other.subscribe(`$share/group/${t.topic()}`, 1);

      void failing.drop();

      assert.equal((await other.message()).text, "once more");
    },
    { needs: ["policy"] },
  );
});
