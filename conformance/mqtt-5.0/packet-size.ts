// §3.1.2.11.4 Maximum Packet Size: what does not fit is not sent, and what could be left out is left out.
import assert from "node:assert/strict";
import { ack, publish, type Packet } from "../clients/mqtt-packets.ts";
import type { MqttKit } from "../mqtt-kit.ts";
import { NotOffered } from "../requirement.ts";
import { requirement } from "./requirement.ts";
import { ScramClient } from "./scram-client.ts";

const maximum = 40;

/** A client that takes no more than these bytes. */
function narrow(t: MqttKit, maximumPacketSize = maximum) {
  return t.connect({ properties: { maximumPacketSize, requestProblemInfo: 1 } });
}

/** Makes the server send that packet, with as much reason to explain itself as there can be. */
const provoke: Readonly<Record<string, (t: MqttKit) => Promise<Packet>>> = {
  CONNACK: async (t) =>
    (await t.answer({ user: t.name(), password: "wrong", properties: { maximumPacketSize: maximum } })).connack,
  PUBACK: async (t) => {
    const client = await narrow(t);
    client.send(publish(5, { topic: "$SYS/x", payload: "x", qos: 1, id: 1 }));
    return client.take("puback");
  },
  PUBREC: async (t) => {
    const client = await narrow(t);
    client.send(publish(5, { topic: "$SYS/x", payload: "x", qos: 2, id: 1 }));
    return client.take("pubrec");
  },
  PUBREL: async (t) => {
    const client = await narrow(t, 200);
    const publisher = await t.connect();
    await client.subscribe(t.topic(), 2);
    await publisher.publish({ topic: t.topic(), payload: "x", qos: 2 });
    return client.take("pubrel");
  },
  PUBCOMP: async (t) => {
    const client = await narrow(t);
    client.send(ack("pubrel", 99));
    return client.take("pubcomp");
  },
  SUBACK: async (t) => (await narrow(t)).subscribe("chat/none", 0),
  UNSUBACK: async (t) => (await narrow(t)).unsubscribe("never"),
  DISCONNECT: async (t) => {
    const client = await narrow(t);
    client.send(t.hello());
    await client.closed();
    const said = client.waiting.find((packet) => packet.kind === "disconnect");
    if (said === undefined) throw new NotOffered("it closes without DISCONNECT");
    return said;
  },
  AUTH: async (t) => {
    const client = await ScramClient.begin(t, { maximumPacketSize: 300 });
    const auth = await client.challenge();
    assert.ok(auth.size <= 300);
    return { ...auth, size: 0 };
  },
};

const clauses: readonly (readonly [clause: string, packet: string, property: string])[] = [
  ["[MQTT-3.2.2-19]", "CONNACK", "Reason String"],
  ["[MQTT-3.2.2-20]", "CONNACK", "User Property"],
  ["[MQTT-3.4.2-2]", "PUBACK", "Reason String"],
  ["[MQTT-3.4.2-3]", "PUBACK", "User Property"],
  ["[MQTT-3.5.2-2]", "PUBREC", "Reason String"],
  ["[MQTT-3.5.2-3]", "PUBREC", "User Property"],
  ["[MQTT-3.6.2-2]", "PUBREL", "Reason String"],
  ["[MQTT-3.6.2-3]", "PUBREL", "User Property"],
  ["[MQTT-3.7.2-2]", "PUBCOMP", "Reason String"],
  ["[MQTT-3.7.2-3]", "PUBCOMP", "User Property"],
  ["[MQTT-3.9.2-1]", "SUBACK", "Reason String"],
  ["[MQTT-3.9.2-2]", "SUBACK", "User Property"],
  ["[MQTT-3.11.2-1]", "UNSUBACK", "Reason String"],
  ["[MQTT-3.11.2-2]", "UNSUBACK", "User Property"],
  ["[MQTT-3.14.2-3]", "DISCONNECT", "Reason String"],
  ["[MQTT-3.14.2-4]", "DISCONNECT", "User Property"],
  ["[MQTT-3.15.2-2]", "AUTH", "Reason String"],
  ["[MQTT-3.15.2-3]", "AUTH", "User Property"],
];

describe("MQTT 5.0 Maximum Packet Size", () => {
  for (const [clause, packet, property] of clauses) {
    requirement(
      clause,
      `The sender MUST NOT send the ${property} if it would increase the size of the ${packet} packet beyond the Maximum Packet Size specified by the receiver.`,
      async (t) => {
        const got = await provoke[packet]!(t);
        assert.equal(got.kind, packet.toLowerCase());
        assert.ok(got.size <= maximum, `${got.size} bytes`);
      },
      packet === "CONNACK" ? { needs: ["accounts"] } : {},
    );
  }

  for (const receiveMaximum of [undefined, 1]) {
    requirement(
      "[MQTT-3.1.2-25]",
      "Where a Packet is too large to send, the Server MUST discard it without sending it and then behave as if it had completed sending that Application Message.",
      async (t) => {
        const publisher = await t.connect();
        const options = { ...t.lasting(), properties: { sessionExpiry: 60, maximumPacketSize: 150, receiveMaximum } };
        const client = await t.connect(options);
        await client.subscribe(t.topic(), 2);

        for (const qos of [1, 2, 1, 2]) {
          await publisher.publish({ topic: t.topic(), payload: "x".repeat(400), qos });
          await publisher.publish({ topic: t.topic(), payload: `fits ${qos}`, qos });
          assert.equal((await client.message()).text, `fits ${qos}`);
          if (qos === 2) await client.take("pubrel");
        }
        await client.ping();
        await client.drop();

        const again = await t.connect({ ...options, properties: { sessionExpiry: 60 } });
        await publisher.publish({ topic: t.topic(), payload: "marker", qos: 1 });
        assert.equal((await again.message()).text, "marker", "what was discarded does not come later");
      },
      // Each discarded message would use up the one place there is, were it not complete.
      receiveMaximum === 1 ? { about: "and its place is free" } : {},
    );
  }

  requirement(
    "§3.1.2.11.4",
    "The packet size is the total number of bytes in an MQTT Control Packet: one of just this size is sent.",
    async (t) => {
      const publisher = await t.connect();
      const wide = await t.connect();
      await wide.subscribe(t.topic(), 1);
      await publisher.publish({ topic: t.topic(), payload: "x".repeat(120), qos: 1 });
      const { size } = await wide.message();
      for (const [maximumPacketSize, fits] of [
        [size, true],
        [size - 1, false],
      ] as const) {
        const client = await t.connect({ properties: { maximumPacketSize } });
        await client.subscribe(t.topic(), 1);
        await publisher.publish({ topic: t.topic(), payload: "x".repeat(120), qos: 1 });
        await client.ping();
        assert.equal(client.waiting.length, fits ? 1 : 0, `${size} bytes where ${maximumPacketSize} are taken`);
        await client.drop();
      }
    },
  );
});
