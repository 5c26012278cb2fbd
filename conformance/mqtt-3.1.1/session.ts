// §3.1.2.4 Clean Session, §4.1 storing state, §4.4 message delivery retry.
import assert from "node:assert/strict";
import { ack, disconnect, publish } from "../clients/mqtt-packets.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 3.1.1 sessions", () => {
  requirement(
    "[MQTT-3.2.2-1]",
    "If the Server accepts a connection with CleanSession set to 1, the Server MUST set Session Present to 0 in the CONNACK packet in addition to setting a zero return code in the CONNACK packet.",
    async (t) => {
      const clientId = t.name();
      const kept = await t.connect({ clientId, clean: false });
      await kept.drop();

      const client = await t.connect({ clientId, clean: true });

      assert.equal(client.connack.sessionPresent, false);
    },
  );

  requirement(
    "[MQTT-3.2.2-2]",
    "If the Server accepts a connection with CleanSession set to 0, the value set in Session Present depends on whether the Server already has stored Session state for the supplied client ID. If the Server has stored Session state, it MUST set Session Present to 1 in the CONNACK packet.",
    async (t) => {
      const clientId = t.name();
      const first = await t.connect({ clientId, clean: false });
      first.send(disconnect(4));
      await first.closed();

      const second = await t.connect({ clientId, clean: false });

      assert.equal(first.connack.sessionPresent, false, "[MQTT-3.2.2-3]");
      assert.equal(second.connack.sessionPresent, true);
    },
  );

  requirement(
    "[MQTT-3.1.2-5]",
    "After the disconnection of a Session that had CleanSession set to 0, the Server MUST store further QoS 1 and QoS 2 messages that match any subscriptions that the client had at the time of disconnection as part of the Session state.",
    async (t) => {
      const clientId = t.name();
      const [first, publisher] = [await t.connect({ clientId, clean: false }), await t.connect()];
      await first.subscribe(t.topic("+"), 2);
      first.send(disconnect(4));
      await first.closed();
      await publisher.publish({ topic: t.topic("a"), payload: "one", qos: 1 });
      await publisher.publish({ topic: t.topic("b"), payload: "two", qos: 2 });

      const second = await t.connect({ clientId, clean: false });

      const [one, two] = [await second.message(), await second.message()];
      assert.deepEqual([one.text, one.qos, two.text, two.qos], ["one", 1, "two", 2]);
      assert.equal(one.dup || two.dup, false, "these were never sent before [MQTT-3.3.1-3]");
    },
  );

  requirement(
    "[MQTT-3.1.2-6]",
    "If CleanSession is set to 1, the Client and Server MUST discard any previous Session and start a new one. This Session lasts as long as the Network Connection. State data associated with this Session MUST NOT be reused in any subsequent Session.",
    async (t) => {
      const [clientId, topic] = [t.name(), t.topic()];
      const [first, publisher] = [await t.connect({ clientId, clean: false }), await t.connect()];
      await first.subscribe(topic, 1);
      await first.drop();
      await publisher.publish({ topic, payload: "old", qos: 1 });

      const clean = await t.connect({ clientId, clean: true });
      await publisher.publish({ topic, payload: "no subscription is left", qos: 1 });
      await clean.drop();
      const last = await t.connect({ clientId, clean: false });
      await publisher.publish({ topic: `${topic}/2`, payload: "marker", qos: 1 });
      await last.subscribe(`${topic}/3`);
      await last.publish({ topic: `${topic}/3`, payload: "marker" });

      assert.equal(last.connack.sessionPresent, false);
      assert.equal((await last.message()).text, "marker");
      assert.deepEqual(clean.waiting, []);
    },
  );

  requirement(
    "[MQTT-4.4.0-1]",
    "When a Client reconnects with CleanSession set to 0, both the Client and Server MUST re-send any unacknowledged PUBLISH Packets (where QoS > 0) and PUBREL Packets using their original Packet Identifiers.",
    async (t) => {
      const [clientId, topic] = [t.name(), t.topic()];
      const [first, publisher] = [await t.connect({ clientId, clean: false }), await t.connect()];
      first.acknowledges = false;
      await first.subscribe(topic, 1);
      await publisher.publish({ topic, payload: "again", qos: 1 });
      const sent = await first.message();
      await first.drop();

      const second = await t.connect({ clientId, clean: false });

      const resent = await second.message();
      assert.deepEqual([resent.text, resent.id], ["again", sent.id]);
      assert.equal(
        resent.dup,
        true,
        "[MQTT-3.3.1-1] The DUP flag MUST be set to 1 when it attempts to re-deliver a PUBLISH Packet",
      );
    },
    { about: "PUBLISH" },
  );

  requirement(
    "[MQTT-4.4.0-1]",
    "When a Client reconnects with CleanSession set to 0, both the Client and Server MUST re-send any unacknowledged PUBLISH Packets (where QoS > 0) and PUBREL Packets using their original Packet Identifiers.",
    async (t) => {
      const [clientId, topic] = [t.name(), t.topic()];
      const [first, publisher] = [await t.connect({ clientId, clean: false }), await t.connect()];
      first.acknowledges = false;
      await first.subscribe(topic, 2);
      await publisher.publish({ topic, payload: "once", qos: 2 });
      const { id } = await first.message();
      first.send(ack("pubrec", id));
      await first.take("pubrel", (packet) => packet.id === id);
      await first.drop();

      const second = await t.connect({ clientId, clean: false });

      assert.equal((await second.take("pubrel")).id, id);
      await second.ping();
      assert.deepEqual(second.waiting, [], "the PUBLISH itself must not come again");
    },
    { about: "PUBREL" },
  );

  requirement(
    "[MQTT-4.6.0-1]",
    "When it re-sends any PUBLISH packets, it MUST re-send them in the order in which the original PUBLISH packets were sent (this applies to QoS 1 and QoS 2 messages).",
    async (t) => {
      const [clientId, topic] = [t.name(), t.topic()];
      const [first, publisher] = [await t.connect({ clientId, clean: false }), await t.connect()];
      first.acknowledges = false;
      await first.subscribe(topic, 1);
      const texts = Array.from({ length: 8 }, (_, n) => `m${n}`);
      for (const payload of texts) await publisher.publish({ topic, payload, qos: 1 });
      for (const _ of texts) await first.message();
      await first.drop();

      const second = await t.connect({ clientId, clean: false });

      const again: string[] = [];
      for (const _ of texts) again.push((await second.message()).text);
      assert.deepEqual(again, texts);
    },
  );

  requirement(
    "[MQTT-4.3.3-2]",
    "Until it has received the corresponding PUBREL packet, the Receiver MUST acknowledge any subsequent PUBLISH packet with the same Packet Identifier by sending a PUBREC. It MUST NOT cause duplicate messages to be delivered to any onward recipients in this case.",
    async (t) => {
      const [clientId, topic] = [t.name(), t.topic()];
      const listener = await t.connect();
      await listener.subscribe(topic, 2);
      const first = await t.connect({ clientId, clean: false });
      first.send(publish(4, { topic, payload: "once", qos: 2, id: 77 }));
      await first.take("pubrec");
      await first.drop();

      const second = await t.connect({ clientId, clean: false });
      second.send(publish(4, { topic, payload: "once", qos: 2, id: 77, dup: true }));
      await second.take("pubrec", (packet) => packet.id === 77);
      second.send(ack("pubrel", 77));
      await second.take("pubcomp", (packet) => packet.id === 77);
      await second.publish({ topic, payload: "marker", qos: 2 });

      assert.deepEqual([(await listener.message()).text, (await listener.message()).text], ["once", "marker"]);
    },
    { about: "across connections" },
  );
});
