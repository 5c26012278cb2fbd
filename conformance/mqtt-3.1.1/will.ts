// §3.1.2.5 Will Flag, §3.14 DISCONNECT.
import assert from "node:assert/strict";
import { disconnect } from "../clients/mqtt-packets.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 3.1.1 wills", () => {
  requirement(
    "[MQTT-3.1.2-8]",
    "The Will Message MUST be published when the Network Connection is subsequently closed unless the Will Message has been deleted by the Server on receipt of a DISCONNECT Packet.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const mortal = await t.connect({ will: { topic: t.topic(), payload: "gone", qos: 1 } });

      await mortal.drop();

      const will = await watcher.message();
      assert.deepEqual([will.text, will.qos, will.retain], ["gone", 1, false]);
    },
    { about: "network failure" },
  );

  requirement(
    "[MQTT-3.1.2-8]",
    "Situations in which the Will Message is published include: the Server closes the Network Connection because of a protocol error.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const mortal = await t.connect({ will: { topic: t.topic(), payload: "gone", qos: 1 } });

      mortal.send(t.hello());

      assert.equal((await watcher.message()).text, "gone");
    },
    { about: "protocol error" },
  );

  requirement(
    "[MQTT-3.14.4-3]",
    "On receipt of DISCONNECT the Server MUST discard any Will Message associated with the current connection without publishing it.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const mortal = await t.connect({ will: { topic: t.topic(), payload: "gone", qos: 1 } });

      mortal.send(disconnect(4));

      await mortal.closed();
      await watcher.publish({ topic: t.topic(), payload: "marker", qos: 1 });
      assert.equal((await watcher.message()).text, "marker");
    },
  );

  requirement(
    "[MQTT-3.1.2-17]",
    "If the Will Flag is set to 1 and If Will Retain is set to 1, the Server MUST publish the Will Message as a retained message.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const mortal = await t.connect({ will: { topic: t.topic(), payload: "gone", qos: 1, retain: true } });
      await mortal.drop();
      assert.equal((await watcher.message()).retain, false);

      const late = await t.connect();
      await late.subscribe(t.topic(), 1);

      const will = await late.message();
      assert.deepEqual([will.text, will.retain], ["gone", true]);
      await t.retain(late, t.topic(), "");
    },
  );

  requirement(
    "[MQTT-3.1.2-24]",
    "If the Keep Alive value is non-zero and the Server does not receive a Control Packet from the Client within one and a half times the Keep Alive time period, it MUST disconnect the Network Connection to the Client as if the network had failed.",
    async (t) => {
      const watcher = await t.connect();
      await watcher.subscribe(t.topic(), 1);
      const from = Date.now();
      const silent = await t.connect({ keepAlive: 1, will: { topic: t.topic(), payload: "silent", qos: 1 } });

      await silent.closed(6_000);

      const took = Date.now() - from;
      assert.ok(took >= 1_000, `closed after ${took} ms, before the time was up`);
      assert.equal((await watcher.message()).text, "silent", "the will of a client that fell silent");
    },
  );

  requirement(
    "[MQTT-3.12.4-1]",
    "The Server MUST send a PINGRESP Packet in response to a PINGREQ packet.",
    async (t) => {
      const client = await t.connect();

      await client.ping();
      await client.ping();

      assert.deepEqual(client.waiting, []);
    },
  );
});
