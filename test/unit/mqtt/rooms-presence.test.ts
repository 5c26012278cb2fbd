import assert from "node:assert/strict";
import type { IConnectPacket } from "mqtt-packet";
import { code } from "./asking.ts";
import { turn, World } from "./harness.ts";
import { localUser } from "../../../src/testing/core.ts";
import { roomOf } from "../../../src/model/ids.ts";

const lasting: Partial<IConnectPacket> = { clean: false, properties: { sessionExpiryInterval: 3600 } };

describe("MQTT rooms and presence", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it("lets a device into a room it makes, hears itself there, and with no local does not", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await alice.subscribe("chat/room/lobby");
    await bob.subscribe({ topic: "chat/room/lobby", qos: 1, nl: true });

    await code(alice, "chat/room/lobby", "hello");
    await code(bob, "chat/room/lobby", "hi");

    const seen = [await alice.message(), await alice.message()];
    assert.deepEqual(
      seen.map(({ topic }) => topic),
      ["chat/room/lobby", "chat/room/lobby"],
    );
    assert.deepEqual(
      seen.map(({ payload }) => (JSON.parse(payload.toString()) as { from: string }).from),
      ["alice", "bob"],
    );
    assert.equal((await bob.event())["from"], "alice");
    await turn();
    assert.equal(bob.inbox.length, 0);
    assert.deepEqual(
      world.core.rooms
        .occupants(roomOf("lobby", "localhost"))
        .map(({ nick }) => nick)
        .sort(),
      ["alice", "bob"],
    );
  });

  it("makes no room where that is not allowed (0x8F), nor speaks into one that is not there (0x90)", async () => {
    await world[Symbol.asyncDispose]();
    world = await World.start({ createRooms: false });
    const alice = await world.connect("alice");

    assert.deepEqual(await alice.subscribe("chat/room/lobby"), [0x8f]);
    assert.equal(await code(alice, "chat/room/lobby", "x"), 0x90);
  });

  it("keeps a durable session in the room: what was said meanwhile comes, and the account stays a member", async () => {
    const alice = await world.connect("alice");
    await alice.subscribe("chat/room/lobby");
    const first = await world.connect("bob", lasting);
    await first.subscribe("chat/room/lobby");
    first.packet({ cmd: "disconnect", reasonCode: 0 });
    await first.end();

    await code(alice, "chat/room/lobby", "meanwhile");
    const second = await world.connect("bob", lasting);

    assert.equal((await second.event())["body"], "meanwhile");
    const members = await world.core.rooms.members(roomOf("lobby", "localhost"));
    assert.ok(members.some(({ user, joined }) => user === localUser("bob") && joined));
  });

  it("follows joined rooms by wildcard", async () => {
    const alice = await world.connect("alice");
    await alice.subscribe("chat/room/lobby");
    await world.core.rooms.join(roomOf("lobby", "localhost"), localUser("bob"));
    const bob = await world.connect("bob");
    await bob.subscribe("chat/room/+");

    await code(alice, "chat/room/lobby", "to all");

    assert.equal((await bob.message()).topic, "chat/room/lobby");
  });

  it("keeps a closed room closed (0x87)", async () => {
    await world.core.rooms.create(roomOf("den", "localhost"), localUser("alice"), { open: false });
    const bob = await world.connect("bob");

    assert.deepEqual(await bob.subscribe("chat/room/den"), [0x87]);
    assert.equal(await code(bob, "chat/room/den", "x"), 0x87);
  });

  it("carries typing, at QoS 0", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    assert.deepEqual(await bob.subscribe({ topic: "chat/typing/dm/+", qos: 2 }), [0]);

    alice.publish("chat/typing/dm/bob", '{"state":"composing"}');

    const message = await bob.message();
    assert.deepEqual(
      [message.topic, JSON.parse(message.payload.toString())],
      ["chat/typing/dm/alice", { state: "composing", user: "alice" }],
    );
    assert.equal(await code(alice, "chat/typing/dm/bob", '{"state":"dancing"}'), 0x99);
  });

  it("shows one's own and one's contacts' presence: what is so as retained, then what changes", async () => {
    await world.core.contacts.put({
      owner: localUser("bob"),
      contact: localUser("alice"),
      groups: [],
      subscription: "both",
      ask: false,
      pendingIn: false,
    });
    const alice = await world.connect("alice");
    await world.core.contacts.put({
      owner: localUser("alice"),
      contact: localUser("bob"),
      groups: [],
      subscription: "both",
      ask: false,
      pendingIn: false,
    });

    await alice.subscribe("chat/presence/bob");
    const absent = await alice.message();
    const bob = await world.connect("bob");
    const came = await alice.message();
    assert.equal(await code(bob, "chat/presence/bob", '{"show":"away","status":"tea"}'), 0);
    const away = await alice.event();
    bob.cut();
    const left = await alice.event();

    assert.deepEqual([absent.retain, JSON.parse(absent.payload.toString())], [true, { user: "bob", available: false }]);
    assert.deepEqual(
      [came.retain, came.topic, JSON.parse(came.payload.toString())],
      [false, "chat/presence/bob", { user: "bob", device: "mqtt:bob-1", available: true, show: "available" }],
    );
    assert.deepEqual([away["show"], away["status"], left["available"]], ["away", "tea", false]);
    const third = await world.connect("alice", { clientId: "a2" });
    await third.subscribe("chat/presence/+");
    const pins = [await third.message(), await third.message(), await third.message()];
    assert.deepEqual(pins.map(({ topic, retain }) => [topic, retain]).sort(), [
      ["chat/presence/alice", true],
      ["chat/presence/alice", true],
      ["chat/presence/bob", true],
    ]);
  });

  it("shows nobody's presence to strangers (0x87), and lets nobody speak for another (0x87)", async () => {
    const alice = await world.connect("alice");

    assert.deepEqual(await alice.subscribe("chat/presence/bob"), [0x87]);
    assert.equal(await code(alice, "chat/presence/bob", "{}"), 0x87);
  });

  it("says a presence will's status when the device breaks off", async () => {
    const watcher = await world.connect("alice", { clientId: "watcher" });
    await watcher.subscribe("chat/presence/alice");
    const device = await world.connect("alice", {
      clientId: "device",
      will: { topic: "chat/presence/alice", payload: Buffer.from('{"status":"battery"}'), qos: 0, retain: false },
    });
    await turn();
    watcher.inbox.length = 0;

    device.cut();

    const gone = await watcher.event();
    assert.deepEqual([gone["device"], gone["available"], gone["status"]], ["mqtt:device", false, "battery"]);
  });

  it("sends a will into a conversation", async () => {
    const bob = await world.connect("bob");
    await bob.subscribe("chat/dm/alice");
    const alice = await world.connect("alice", {
      will: { topic: "chat/dm/bob", payload: Buffer.from("I am gone"), qos: 1, retain: false },
    });

    alice.cut();

    assert.equal((await bob.event())["body"], "I am gone");
  });
});
