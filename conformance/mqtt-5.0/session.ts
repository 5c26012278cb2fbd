// §3.1.2.4 Clean Start, §3.1.2.11.2 Session Expiry Interval, §4.4 delivery retry.
import assert from "node:assert/strict";
import { ack, disconnect, publish } from "../clients/mqtt-packets.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 5.0 sessions", () => {
  requirement(
    "[MQTT-3.2.2-3]",
    "If the Server accepts a connection with Clean Start set to 0 and the Server has Session State for the ClientID, it MUST set Session Present to 1 in the CONNACK packet, otherwise it MUST set Session Present to 0 in the CONNACK packet.",
    async (t) => {
      const clientId = t.name();
      const first = await t.connect({ clientId, clean: false, properties: { sessionExpiry: 60 } });
      await first.drop();

      const second = await t.connect({ clientId, clean: false, properties: { sessionExpiry: 60 } });

      assert.deepEqual([first.connack.sessionPresent, second.connack.sessionPresent], [false, true]);
    },
  );

  requirement(
    "[MQTT-3.1.2-4]",
    "If a CONNECT packet is received with Clean Start is set to 1, the Client and Server MUST discard any existing Session and start a new Session.",
    async (t) => {
      const [clientId, topic] = [t.name(), t.topic()];
      const properties = { sessionExpiry: 60 };
      const first = await t.connect({ clientId, clean: false, properties });
      await first.subscribe(topic, 1);
      await first.drop();

      const second = await t.connect({ clientId, clean: true, properties });

      assert.equal(second.connack.sessionPresent, false, "[MQTT-3.2.2-2]");
      const publisher = await t.connect();
      const answer = await publisher.publish({ topic, payload: "x", qos: 1 });
      assert.ok([0x00, 0x10].includes(answer!.code));
      await second.ping();
      assert.deepEqual(second.waiting, [], "the old subscription lives on");
    },
  );

  requirement(
    "[MQTT-3.1.2-23]",
    "The Session State is kept after the Network Connection is closed while the Session Expiry Interval is greater than 0, and the Server delivers what was published meanwhile.",
    async (t) => {
      const [clientId, topic] = [t.name(), t.topic()];
      const first = await t.connect({ clientId, properties: { sessionExpiry: 60 } });
      await first.subscribe(topic, 2);
      first.send(disconnect(5));
      await first.closed();
      const publisher = await t.connect();
      for (const qos of [1, 2]) await publisher.publish({ topic, payload: `qos ${qos}`, qos });

      const second = await t.connect({ clientId, clean: false, properties: { sessionExpiry: 60 } });

      assert.deepEqual([(await second.message()).text, (await second.message()).text], ["qos 1", "qos 2"]);
    },
  );

  requirement(
    "[MQTT-4.1.0-2]",
    "The Server MUST discard the Session State when the Network Connection is closed and the Session Expiry Interval has passed.",
    async (t) => {
      const clientId = t.name();
      const first = await t.connect({ clientId, properties: { sessionExpiry: 60 } });
      // A DISCONNECT may set another interval (§3.14.2.2.2): here, the session ends at once.
      first.send(disconnect(5, 0, { sessionExpiry: 0 }));
      await first.closed();

      const second = await t.connect({ clientId, clean: false });

      assert.equal(second.connack.sessionPresent, false);
    },
    { about: "ended by DISCONNECT" },
  );

  requirement(
    "[MQTT-4.1.0-2]",
    "If the Session Expiry Interval is absent the value 0 is used. If it is set to 0, or is absent, the Session ends when the Network Connection is closed.",
    async (t) => {
      const clientId = t.name();
      const first = await t.connect({ clientId, clean: false });
      await first.drop();

      const second = await t.connect({ clientId, clean: false });

      assert.equal(second.connack.sessionPresent, false);
    },
    { about: "no interval" },
  );

  requirement(
    "[MQTT-4.1.0-2]",
    "The Server MUST discard the Session State when the Network Connection is closed and the Session Expiry Interval has passed.",
    async (t) => {
      const clientId = t.name();
      const first = await t.connect({ clientId, properties: { sessionExpiry: 1 } });
      await first.drop();
      // The one thing waited for here is the clock.
      await new Promise((resolve) => setTimeout(resolve, 2_200));

      const second = await t.connect({ clientId, clean: false, properties: { sessionExpiry: 1 } });

      assert.equal(second.connack.sessionPresent, false);
    },
    { about: "by the clock" },
  );

  requirement(
    "[MQTT-4.4.0-1]",
    "When a Client reconnects with Clean Start set to 0 and a session is present, both the Client and Server MUST resend any unacknowledged PUBLISH packets (where QoS > 0) and PUBREL packets using their original Packet Identifiers.",
    async (t) => {
      const [clientId, topic] = [t.name(), t.topic()];
      const options = { clientId, clean: false, properties: { sessionExpiry: 60 } };
      const first = await t.connect(options);
      first.acknowledges = false;
      await first.subscribe(topic, 2);
      const publisher = await t.connect();
      await publisher.publish({ topic, payload: "one", qos: 1 });
      await publisher.publish({ topic, payload: "two", qos: 2 });
      const [one, two] = [await first.message(), await first.message()];
      first.send(ack("pubrec", two.id));
      await first.take("pubrel");
      await first.drop();

      const second = await t.connect(options);

      const again = await second.message();
      assert.deepEqual([again.text, again.id, again.dup], ["one", one.id, true]);
      assert.equal((await second.take("pubrel")).id, two.id);
    },
  );

  requirement(
    "[MQTT-4.4.0-1]",
    "This is the only circumstance where a Client or Server is REQUIRED to resend messages. Clients and Servers MUST NOT resend messages at any other time.",
    async (t) => {
      const [publisher, subscriber] = await t.pair(t.topic(), 1);
      subscriber.acknowledges = false;

      for (const payload of ["one", "two"]) await publisher.publish({ topic: t.topic(), payload, qos: 1 });
      await subscriber.message();
      await subscriber.message();
      await subscriber.ping();
      await subscriber.ping();

      assert.deepEqual(subscriber.waiting, []);
    },
    { about: "no resending" },
  );

  requirement(
    "[MQTT-4.3.3-10]",
    "Until it has received the corresponding PUBREL packet, the receiver MUST acknowledge any subsequent PUBLISH packet with the same Packet Identifier by sending a PUBREC. It MUST NOT cause duplicate messages to be delivered to any onward recipients in this case.",
    async (t) => {
      const [clientId, topic] = [t.name(), t.topic()];
      const options = { clientId, clean: false, properties: { sessionExpiry: 60 } };
      const listener = await t.connect();
      await listener.subscribe(topic, 2);
      const first = await t.connect(options);
      first.send(publish(5, { topic, payload: "once", qos: 2, id: 3 }));
      await first.take("pubrec");
      await first.drop();

      const second = await t.connect(options);
      second.send(publish(5, { topic, payload: "once", qos: 2, id: 3, dup: true }));
      assert.ok((await second.take("pubrec")).code < 0x80);
      second.send(ack("pubrel", 3));
      assert.equal((await second.take("pubcomp")).code, 0);
      await second.publish({ topic, payload: "marker", qos: 2 });

      assert.deepEqual([(await listener.message()).text, (await listener.message()).text], ["once", "marker"]);
    },
  );
});
