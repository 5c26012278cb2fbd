import assert from "node:assert/strict";
import type { IPubackPacket } from "mqtt-packet";
import type { AclRule } from "../../../src/routing/acl.ts";
import { localUser } from "../../../src/testing/core.ts";
import { refusal } from "./asking.ts";
import { World } from "./harness.ts";

const acl: readonly AclRule[] = [
  { effect: "allow", who: ["all"], may: "all", topics: ["own/%u/%c/#"] },
  { effect: "deny", who: ["all"], may: "all", topics: ["own/#", "chat/room/closed", "chat/dm/carol/#"] },
];

describe("MQTT access rules", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start({ anonymous: "carol" }, { core: { acl, anonymous: localUser("carol") } });
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it("refuse a publication with PUBACK and PUBREC 0x87, and close in 3.1.1", async () => {
    const client = await world.connect("alice");
    client.publish("own/bob/x", "no", { qos: 1, messageId: 1 });
    assert.equal(((await client.receive("puback")) as IPubackPacket).reasonCode, 0x87);
    client.publish("own/bob/x", "no", { qos: 2, messageId: 2 });
    assert.equal(((await client.receive("pubrec")) as unknown as IPubackPacket).reasonCode, 0x87);
    client.publish("own/alice/alice-1/x", "yes", { qos: 1, messageId: 3 });
    assert.equal(((await client.receive("puback")) as IPubackPacket).reasonCode, 0x10);

    const old = await world.connect("alice", { protocolVersion: 4, clientId: "old" });
    old.publish("own/bob/x", "no", { qos: 1, messageId: 1 });
    await old.end();
  });

  it("refuse a will at CONNECT with 0x87 (3.1.1: 5), retained or not, on plain topics and chat", async () => {
    for (const topic of [
      "own/bob/x",
      "$SYS/broker/uptime",
      "chat/room/closed",
      "chat/room/Closed",
      "chat/dm/Carol@localhost/text",
    ]) {
      const will = { topic, payload: Buffer.from("x"), qos: 1 as const, retain: true };
      assert.equal(await refusal(world.open(), "alice", { will }), 0x87, topic);
      assert.equal(await refusal(world.open(4), "alice", { will }), 5, topic);
    }
    await world.connect("alice", {
      will: { topic: "own/alice/alice-1/state", payload: Buffer.from("x"), qos: 1, retain: true },
    });
  });

  it("refuse a subscription with 0x87 (3.1.1: 0x80), and let `#` bring what may be read", async () => {
    const client = await world.connect("alice");
    const old = await world.connect("bob", { protocolVersion: 4 });
    assert.deepEqual(await client.subscribe("own/bob/#", "own/alice/alice-1/#", "#"), [0x87, 1, 1]);
    assert.deepEqual(await old.subscribe("own/alice/#"), [0x80]);

    old.publish("own/bob/bob-1/t", "not for alice");
    old.publish("open", "for all");

    assert.equal((await client.message()).topic, "open");
  });

  it("look at the filter behind $share, and give a member nothing that it may not read", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    assert.deepEqual(await alice.subscribe("$share/g/own/bob/#", "$share/g/own/#", "$share/g/$SYS/#"), [0x87, 1, 1]);
    assert.deepEqual(await bob.subscribe("$share/g/own/#"), [1]);

    for (let n = 0; n < 6; n++) bob.publish(`own/bob/bob-1/${n}`, "for bob alone");
    const heard = [];
    for (let n = 0; n < 6; n++) heard.push((await bob.message()).topic);

    assert.deepEqual(
      heard,
      ["0", "1", "2", "3", "4", "5"].map((n) => `own/bob/bob-1/${n}`),
    );
    assert.equal(alice.inbox.filter(({ cmd }) => cmd === "publish").length, 0);
    const nobody = { username: undefined, password: undefined } as never;
    const guest = await world.connect("guest", nobody);
    assert.deepEqual(await guest.subscribe("$share/g/$SYS/#", "$share/g/#"), [0x87, 1]);
  });

  it("close conversations further, whichever way a name is written", async () => {
    const client = await world.connect("alice");

    assert.deepEqual(await client.subscribe("chat/room/closed", "chat/room/+", "chat/dm/bob"), [0x87, 0x87, 1]);
    for (const topic of ["chat/room/closed", "chat/room/CLOSED", "chat/dm/carol", "chat/dm/Carol@localhost"]) {
      client.publish(topic, "no", { qos: 1, messageId: 1 });
      const { reasonCode } = (await client.receive("puback")) as IPubackPacket;
      assert.equal(reasonCode, 0x87, topic);
    }
  });

  it("keep $SYS from anonymous clients, and show it to accounts", async () => {
    const nobody = { username: undefined, password: undefined } as never;
    const guest = await world.connect("guest", nobody);
    const client = await world.connect("alice");

    assert.deepEqual(await guest.subscribe("$SYS/#", "$SYS/broker/uptime"), [0x87, 0x87]);
    assert.deepEqual(await client.subscribe("$SYS/#"), [1]);
  });
});
