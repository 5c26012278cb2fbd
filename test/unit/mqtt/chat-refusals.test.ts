import assert from "node:assert/strict";
import { code } from "./asking.ts";
import { turn, World } from "./harness.ts";
import { roomOf } from "../../../src/model/ids.ts";

describe("MQTT chat, asked and refused:", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it("answers questions about history on the response topic, to the client that asks", async () => {
    const alice = await world.connect("alice");
    for (let n = 1; n <= 5; n++) await code(alice, "chat/dm/bob", `${n}`);
    await alice.subscribe({ topic: "my/answers", qos: 0 });
    const ask = async (question: object): Promise<Record<string, unknown>> => {
      const properties = { responseTopic: "my/answers", correlationData: Buffer.from("q") };
      assert.equal(await code(alice, "chat/history/dm/bob", JSON.stringify(question), { properties }), 0);
      const answer = await alice.message();
      assert.equal(answer.properties?.correlationData?.toString(), "q");
      return JSON.parse(answer.payload.toString()) as Record<string, unknown>;
    };
    const bodies = (page: Record<string, unknown>): unknown[] =>
      (page["entries"] as { body: string }[]).map(({ body }) => body);

    assert.deepEqual(bodies(await ask({ limit: 2 })), ["4", "5"]);
    assert.deepEqual(bodies(await ask({ after: 1, limit: 2 })), ["2", "3"]);
    const last = await ask({ before: 3 });
    assert.deepEqual([last["c"], bodies(last), last["complete"]], ["dm:alice:bob", ["1", "2"], true]);
    assert.equal(await code(alice, "chat/history/dm/bob", '{"after":-1}'), 0x99);
    assert.equal(await code(alice, "chat/history/dm/bob", "{}", { properties: { responseTopic: "unheard" } }), 0x10);
    assert.equal(
      await code(alice, "chat/history/room/nowhere", "{}", { properties: { responseTopic: "my/answers" } }),
      0x90,
    );
  });

  it("refuses what is no chat topic (0x90), nobody's name (0x90), and an empty message (0x99)", async () => {
    const alice = await world.connect("alice");

    for (const topic of [
      "chat",
      "chat/",
      "chat/x",
      "chat/dm",
      "chat/dm/",
      "chat/dm/bob/x",
      "chat/dm/nobody",
      "chat/dm/a b",
    ]) {
      assert.equal(await code(alice, topic, "x"), 0x90, topic);
    }
    assert.equal(await code(alice, "chat/dm/bob", ""), 0x99);
    assert.deepEqual(await alice.subscribe("chat/x/y", "chat", "chat/dm/Bob"), [0x8f, 0x8f, 0x8f]);
  });

  it("closes a 3.1.1 client whose message is refused, and keeps quiet about QoS 0", async () => {
    const alice = await world.connect("alice", { protocolVersion: 4 });

    alice.publish("chat/dm/nobody", "x");
    alice.packet({ cmd: "pingreq" });
    await alice.receive("pingresp");
    alice.publish("chat/dm/nobody", "x", { qos: 1, messageId: 1 });

    await alice.end();
    assert.equal(alice.inbox.length, 0);
  });

  it("stops what is unsubscribed", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await bob.subscribe("chat/dm/alice", "chat/room/lobby", "chat/presence/bob");
    bob.packet({
      cmd: "unsubscribe",
      messageId: 9,
      unsubscriptions: ["chat/dm/alice", "chat/room/lobby", "chat/presence/bob", "chat/dm/x"],
    });
    assert.deepEqual(((await bob.receive("unsuback")) as unknown as { granted: number[] }).granted, [0, 0, 0, 0x11]);
    bob.inbox.length = 0;

    await code(alice, "chat/dm/bob", "x");
    await turn();

    assert.equal(bob.inbox.length, 0);
    assert.deepEqual(world.core.rooms.occupants(roomOf("lobby", "localhost")), []);
  });

  it("refuses shared subscriptions to conversations (0x9E) and malformed filters (0x8F; 3.1.1: 0x80)", async () => {
    const alice = await world.connect("alice");
    const bob = await world.connect("bob", { protocolVersion: 4 });

    assert.deepEqual(
      await alice.subscribe("$share/g/chat/dm/bob", "$share//x", "$share/g", "a/#/b", "a+", ""),
      [0x9e, 0x8f, 0x8f, 0x8f, 0x8f, 0x8f],
    );
    assert.deepEqual(await bob.subscribe("$share/g/chat/dm/alice", "a/#/b", "$share/g/a"), [0x80, 0x80, 1]);
  });
});
