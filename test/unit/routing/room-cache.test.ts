import assert from "node:assert/strict";
import type { Member, Room } from "../../../src/model/conversation.ts";
import { roomOf } from "../../../src/model/ids.ts";
import { systemClock } from "../../../src/ops/clock.ts";
import { RoomCache } from "../../../src/routing/room-cache.ts";
import { localUser } from "../../../src/testing/core.ts";

const lobby = roomOf("lobby", "localhost");
const alice = localUser("alice");

describe("the room cache", () => {
  it("does not keep what was being read while the room changed", async () => {
    let members: readonly Member[] = [{ user: alice, affiliation: "member", joined: true }];
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    let reads = 0;
    const cache = new RoomCache(
      { room: async () => room, members: async () => (reads++ === 0 ? slow.then(() => [...old]) : members) },
      systemClock,
    );
    const old = members;

    const first = cache.load(lobby);
    members = [];
    cache.forget(lobby);
    answer();
    await first;

    assert.equal((await cache.load(lobby))?.members.size, 0);
    assert.equal(cache.peek(lobby)?.members.size, 0);
  });
});

const room: Room = { id: lobby, title: "Lobby", open: true, listed: true, createdAt: 0, createdBy: alice };
