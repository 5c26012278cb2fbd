import assert from "node:assert/strict";
import { createJson } from "../../../protocols/json/index.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import { roomOf } from "../../../src/model/ids.ts";
import type { Listener } from "../../../src/net/tcp-listener.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { httpFor } from "../net/peers.ts";
import { Chat } from "./chat.ts";

describe("rooms for JSON clients", () => {
  let core: RunningCore;
  let http: Listener;
  let alice: Chat;
  let bob: Chat;
  const login = async (user: string): Promise<Chat> => {
    const chat = await Chat.open(http.port);
    await chat.login({ user, password: `secret-${user}`, device: "d1" });
    return chat;
  };

  before(async () => {
    core = await startCore(["alice", "bob"]);
    const json = createJson(core, {});
    http = await httpFor({ endpoints: json.webSockets, pages: json.http });
    const [lobby, den, attic] = ["lobby", "den", "attic"].map((name) => roomOf(name, "localhost"));
    await core.rooms.create(lobby!, localUser("alice"), { title: "The Lobby", description: "Tea and talk" });
    await core.rooms.create(den!, localUser("alice"), { title: "Den", password: "x" });
    await core.rooms.create(attic!, localUser("alice"), { listed: false });
    [alice, bob] = [await login("alice"), await login("bob")];
    await bob.ask({ type: "join", c: "room:lobby" });
  });
  after(async () => {
    for (const chat of [alice, bob]) await chat.leave();
    await core[Symbol.asyncDispose]();
    await http[Symbol.asyncDispose]();
  });

  it("are listed where they may be, with most people first, and found by words", async () => {
    const { rooms, more } = await bob.ask({ type: "rooms" });
    assert.deepEqual([rooms.map((room: { c: string }) => room.c), more], [["room:lobby", "room:den"], false]);
    assert.deepEqual([rooms[0].present, rooms[1].protected], [1, true]);
    const found = await bob.ask({ type: "rooms", text: "TALK lobby" });
    assert.deepEqual(found.rooms.map((room: { title: string }) => room.title), ["The Lobby"]); // prettier-ignore
    const first = await bob.ask({ type: "rooms", limit: 1 });
    assert.deepEqual([first.rooms.length, first.more], [1, true]);
  });

  it("tell their admins who is banned, and nobody else", async () => {
    await alice.ask({ type: "ban", c: "room:den", user: "bob", reason: "noise" });

    const { members } = await alice.ask({ type: "members", c: "room:den", banned: true });
    assert.deepEqual(members, [
      { user: "bob", affiliation: "outcast", joined: false, reason: "noise", present: false },
    ]);
    assert.equal((await bob.ask({ type: "members", c: "room:lobby", banned: true })).error.code, "forbidden");
  });
});
