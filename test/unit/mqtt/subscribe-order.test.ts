import assert from "node:assert/strict";
import { turn, World } from "./harness.ts";

describe("SUBACK", () => {
  for (const protocolVersion of [4, 5] as const)
    for (const clean of [true, false])
      it(`of ${protocolVersion} goes before what it brings, to a session that ${clean ? "ends" : "lasts"} [MQTT-3.8.4-1]`, async () => {
        await using world = await World.start();
        const alice = await world.connect("alice");
        alice.publish("kept/1", "kept", { qos: 1, messageId: 1, retain: true });
        await alice.receive("puback");
        const bob = await world.connect("bob", { protocolVersion, clean });

        bob.packet({ cmd: "subscribe", messageId: 7, subscriptions: [{ topic: "kept/#", qos: 1 }] });
        while (bob.inbox.length < 2) await turn();

        assert.deepEqual(
          bob.inbox.map(({ cmd }) => cmd),
          ["suback", "publish"],
        );
      });
});
