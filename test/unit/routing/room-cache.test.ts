import assert from "node:assert/strict";
import type { Member, Room } from "../../../src/model/conversation.ts";
import type { Account } from "../../../src/model/account.ts";
import { roomOf, type UserId } from "../../../src/model/ids.ts";
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
      {
        room: async () => room,
        members: async () => (reads++ === 0 ? slow.then(() => [...old]) : members),
        account: async () => undefined,
      },
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
  it("knows no hat of an account that was made after it was put on, or is gone", async () => {
    const hat = (user: UserId, since?: number) => ({ user, uri: "u:1", title: "T", since });
    const hats = [hat(alice, 10), hat(alice, 4), hat(alice), hat(localUser("gone"), 10)];
    const made = { keys: {} as Account["keys"], createdAt: 5 };
    const cache = new RoomCache(
      {
        room: async () => ({ ...room, settings: { hats } }),
        members: async () => [],
        account: async (user) => (user === alice ? { user, ...made } : undefined),
      },
      systemClock,
    );

    assert.deepEqual((await cache.need(lobby)).room.settings?.hats, [hats[0], hats[2]]);
  });
});

const room: Room = { id: lobby, title: "Lobby", open: true, listed: true, createdAt: 0, createdBy: alice };
