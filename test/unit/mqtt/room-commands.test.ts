import assert from "node:assert/strict";
import { roomOf, settingsOf } from "#core";
import { localUser } from "../../../src/testing/core.ts";
import { code } from "./asking.ts";
import { World } from "./harness.ts";

const lobby = roomOf("lobby", "localhost");

describe("what MQTT asks of a room", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it("is done as the account may, and acknowledged then", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    const ask = (client: typeof alice, payload: object): Promise<number> =>
      code(client, "chat/room/lobby", JSON.stringify(payload));
    await alice.subscribe("chat/room/lobby");
    await bob.subscribe("chat/room/lobby");

    assert.equal(await ask(bob, { kind: "configure", title: "mine" }), 0x87);
    assert.equal(await ask(alice, { kind: "configure", title: "Ours", moderated: true, slowMode: 5 }), 0);
    const room = (await world.core.rooms.find(lobby))!;
    assert.deepEqual([room.title, settingsOf(room).moderated, settingsOf(room).slowModeMs], ["Ours", true, 5]);
    assert.equal(await ask(alice, { kind: "configure", moderated: "yes" }), 0x99);
    assert.equal(await ask(alice, { kind: "configure", presenceBroadcast: ["moderator"] }), 0);
    assert.equal(await ask(alice, { kind: "configure", presenceBroadcast: ["everybody"] }), 0x99);
    assert.deepEqual(settingsOf((await world.core.rooms.find(lobby))!).presenceBroadcast, ["moderator"]);
    assert.equal(await ask(alice, { kind: "configure", presenceBroadcast: ["moderator", "participant"] }), 0);

    assert.equal(await ask(alice, { kind: "role", user: "bob", role: "visitor" }), 0);
    assert.equal(await ask(bob, { body: "me?" }), 0x87);
    assert.equal(await ask(alice, { kind: "kick", user: "bob" }), 0);
    assert.equal(await ask(alice, { kind: "kick", user: "bob" }), 0x90);
    assert.equal(await ask(alice, { kind: "ban", user: "bob", reason: "enough" }), 0);
    assert.equal(await world.core.rooms.affiliation(lobby, localUser("bob")), "outcast");
    assert.equal(await ask(alice, { kind: "ban", body: "a message about bans" }), 0);
    const last = await world.core.conversations.historyBefore(localUser("alice"), lobby, undefined, 10);
    assert.deepEqual(last.map(({ body }) => body), ["a message about bans"]); // prettier-ignore
  });

  it("invites in the conversation of the two", async () => {
    const [alice, bob] = [await world.connect("alice"), await world.connect("bob")];
    await alice.subscribe("chat/room/lobby");
    await bob.subscribe("chat/dm/alice");

    assert.equal(
      await code(alice, "chat/room/lobby", JSON.stringify({ kind: "invite", user: "bob", reason: "come" })),
      0,
    );

    const event = await bob.event();
    assert.deepEqual([event["kind"], event["room"], event["reason"]], ["invitation", "room:lobby", "come"]);
  });
});
