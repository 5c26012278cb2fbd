// §4.8.2 shared subscriptions.
import assert from "node:assert/strict";
import { ack } from "../clients/mqtt-packets.ts";
import type { MqttClient } from "../clients/mqtt.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";

function offered(client: MqttClient): void {
  if (client.connack.properties.sharedAvailable === 0) throw new NotOffered("no shared subscriptions");
}

describe("MQTT 5.0 shared subscriptions", () => {
  requirement("[MQTT-4.8.2-3]", "The Server MUST respect the granted QoS for the Client's subscription.", async (t) => {
    const publisher = await t.connect();
    for (const granted of [0, 1, 2]) {
      const member = await t.connect();
      offered(member);
      const suback = await member.subscribe(`$share/g/${t.topic(`${granted}`)}`, granted);
      for (const qos of [0, 1, 2]) {
        await publisher.publish({ topic: t.topic(`${granted}`), payload: "x", qos });
        assert.equal((await member.message()).qos, Math.min(qos, suback.codes[0]!), `published ${qos}`);
      }
    }
  });
  requirement(
    "[MQTT-4.8.2-4]",
    "If the Server is in the process of sending a QoS 2 message to its chosen subscribing Client and the connection to the Client breaks before delivery is complete, the Server MUST complete the delivery of the message to that Client when it reconnects.",
    async (t) => {
      const publisher = await t.connect();
      const options = t.lasting();
      const first = await t.connect(options);
      offered(first);
      first.acknowledges = false;
      await first.subscribe(`$share/g/${t.topic()}`, 2);
      await publisher.publish({ topic: t.topic(), payload: "begun", qos: 2 });
      const { id } = await first.message();
      first.send(ack("pubrec", id));
      await first.take("pubrel");
      await first.drop();

      const second = await t.connect(options);

      assert.equal((await second.take("pubrel")).id, id);
    },
  );
  requirement(
    "[MQTT-4.8.2-5]",
    "If the Client's Session terminates before the Client reconnects, the Server MUST NOT send the Application Message to any other subscribed Client.",
    async (t) => {
      const publisher = await t.connect();
      const options = t.lasting();
      const first = await t.connect(options);
      offered(first);
      first.acknowledges = false;
      await first.subscribe(`$share/g/${t.topic()}`, 2);
      await publisher.publish({ topic: t.topic(), payload: "begun", qos: 2 });
      await first.message();
      const other = await t.connect();
      await other.subscribe(`$share/g/${t.topic()}`, 2);
      await first.drop();

      await (await t.connect({ ...options, clean: true, properties: {} })).ping();

      await publisher.publish({ topic: t.topic(), payload: "marker", qos: 2 });
      assert.equal((await other.message()).text, "marker");
    },
  );
  requirement(
    "[MQTT-4.8.2-6]",
    "If a Client responds with a PUBACK or PUBREC containing a Reason Code of 0x80 or greater to a PUBLISH packet from the Server, the Server MUST discard the Application Message and not attempt to send it to any other Subscriber.",
    async (t) => {
      const publisher = await t.connect();
      const refuser = await t.connect();
      offered(refuser);
      refuser.acknowledges = false;
      await refuser.subscribe(`$share/g/${t.topic()}`, 2);
      const sent = [];
      for (const qos of [1, 2]) {
        await publisher.publish({ topic: t.topic(), payload: "refused", qos });
        sent.push(await refuser.message());
      }
      const other = await t.connect();
      await other.subscribe(`$share/g/${t.topic()}`, 2);

      for (const { id, qos } of sent) refuser.send(ack(qos === 1 ? "puback" : "pubrec", id, 0x83));
      await refuser.unsubscribe(`$share/g/${t.topic()}`);
      await publisher.publish({ topic: t.topic(), payload: "marker", qos: 1 });

      assert.equal((await other.message()).text, "marker");
    },
  );
  requirement(
    "§4.8.2",
    "A Shared Subscription is identified by the ShareName and the Topic Filter: two groups, and a subscription that is not shared, each get the message.",
    async (t) => {
      const publisher = await t.connect();
      const members = [];
      for (const filter of [`$share/one/${t.topic()}`, `$share/two/${t.topic()}`, t.topic()]) {
        const member = await t.connect();
        offered(member);
        await member.subscribe(filter, 1);
        members.push(member);
      }
      await publisher.publish({ topic: t.topic(), payload: "x", qos: 1 });
      for (const member of members) assert.equal((await member.message()).text, "x");
    },
  );
  requirement(
    "§3.3.1.3",
    "Retained messages are not sent to the Session when a Shared Subscription is made.",
    async (t) => {
      const publisher = await t.connect();
      await t.retain(publisher, t.topic(), "kept", 1);
      const member = await t.connect();
      offered(member);
      await member.subscribe(`$share/g/${t.topic()}`, 1);
      await member.ping();
      assert.deepEqual(member.waiting, []);
    },
    { about: "shared" },
  );
});
