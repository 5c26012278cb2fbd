import assert from "node:assert/strict";
import type { Room } from "../../model/conversation.ts";
import { roomOf } from "../../model/ids.ts";
import type { Store } from "../../store/store.ts";
import {
  append,
  appendMany,
  batch,
  draft,
  origin,
  phone,
  plain,
  sensor,
  seqs,
  tenant,
  type Tenant,
} from "./builders.ts";

function lobby(at: Tenant, over: Partial<Room> = {}): Room {
  return { id: at.lobby, title: "The lobby", open: true, listed: false, createdAt: 1, createdBy: at.alice, ...over };
}

export function roomTests(use: () => Store): void {
  describe("a room", () => {
    it("is created with its owner, once", async () => {
      const at = tenant();

      const both = await Promise.all([
        use().createRoom(lobby(at), at.alice),
        use().createRoom(lobby(at, { title: "taken" }), at.bob),
      ]);

      assert.deepEqual([...both].sort(), [false, true]);
      const winner = both[0] ? at.alice : at.bob;
      assert.deepEqual(await use().members(at.lobby), [{ user: winner, affiliation: "owner", joined: true }]);
      assert.deepEqual(await use().room(at.lobby), lobby(at, both[0] ? {} : { title: "taken" }));
      assert.equal(await use().room(roomOf("nowhere", at.host)), undefined);
    });

    it("is updated", async () => {
      const at = tenant();
      await use().createRoom(lobby(at), at.alice);
      const changed = lobby(at, { title: "Snug", open: false, listed: true });

      await use().updateRoom(changed);
      await use().updateRoom(lobby(at, { id: roomOf("nowhere", at.host) }));

      assert.deepEqual(await use().room(at.lobby), changed);
      assert.equal(await use().room(roomOf("nowhere", at.host)), undefined);
    });

    it("keeps its settings, whatever they say, and the nicks its members have reserved", async () => {
      const at = tenant();
      const settings = {
        description: "ü\u0000\u001a",
        moderated: true,
        slowModeMs: 500,
        presenceBroadcast: ["moderator"] as const,
      };
      await use().createRoom(lobby(at, { settings }), at.alice);
      assert.deepEqual(await use().room(at.lobby), lobby(at, { settings }));

      const changed = lobby(at, { settings: { password: "s" } });
      await use().updateRoom(changed);
      await use().putMember(at.lobby, at.bob, "member", false, { nick: "bobby\u0000", reason: "worthy\u0000" });
      assert.equal((await use().member(at.lobby, at.bob))!.reason, "worthy\u0000");
      await use().putMember(at.lobby, at.bob, "admin", false);

      assert.deepEqual(await use().room(at.lobby), changed);
      assert.deepEqual((await use().rooms(at.host, 10))[0], changed);
      const bob = { user: at.bob, affiliation: "admin", joined: false, nick: "bobby\u0000" };
      assert.deepEqual(await use().member(at.lobby, at.bob), bob);
      assert.ok((await use().members(at.lobby)).some(({ nick }) => nick === bob.nick));
      await use().putMember(at.lobby, at.bob, "none", false);
      await use().putMember(at.lobby, at.bob, "member", false);
      assert.equal((await use().member(at.lobby, at.bob))!.nick, undefined);
    });

    it("is listed by its tenant", async () => {
      const at = tenant();
      const elsewhere = tenant();
      for (const name of ["c", "a", "b"]) await use().createRoom(lobby(at, { id: roomOf(name, at.host) }), at.alice);
      await use().createRoom(lobby(elsewhere), elsewhere.alice);

      const names = async (limit: number) => (await use().rooms(at.host, limit)).map((room) => room.id);

      assert.deepEqual(
        await names(10),
        ["a", "b", "c"].map((name) => roomOf(name, at.host)),
      );
      assert.equal((await names(2)).length, 2);
    });

    it("has members with an affiliation, joined or not", async () => {
      const at = tenant();
      await use().createRoom(lobby(at), at.alice);

      await use().putMember(at.lobby, at.bob, "member", false);
      await use().putMember(at.lobby, at.carol, "none", true);
      await use().putMember(at.lobby, at.bob, "outcast", false);

      assert.deepEqual(await use().member(at.lobby, at.bob), { user: at.bob, affiliation: "outcast", joined: false });
      assert.deepEqual(await use().member(at.lobby, at.carol), { user: at.carol, affiliation: "none", joined: true });
      assert.equal((await use().members(at.lobby)).length, 3);
      await use().putMember(at.lobby, at.carol, "none", false);
      assert.equal(await use().member(at.lobby, at.carol), undefined);
      assert.equal((await use().members(at.lobby)).length, 2);
    });

    it("is in the backlog of those who joined, from the head of that moment", async () => {
      const at = tenant();
      await use().createRoom(lobby(at), at.alice);
      const say = () => draft(at, { conversation: at.lobby });
      await appendMany(use(), 3, say);

      await use().putMember(at.lobby, at.bob, "none", true);
      await use().putMember(at.lobby, at.carol, "member", false);
      const atJoin = await use().backlog(at.bob, phone);
      await append(use(), say());

      assert.deepEqual(atJoin, []);
      assert.deepEqual(plain(await use().backlog(at.bob, phone)), [
        plain({ conversation: at.lobby, after: 3, head: 4 }),
      ]);
      assert.deepEqual(await use().backlog(at.carol, phone), []);
      assert.deepEqual(
        (await use().marks(at.lobby)).map((one) => [one.user, one.delivered, one.read]),
        [[at.bob, 3, 0]],
      );
    });

    it("begins anew at the head for every device of one who left and came back", async () => {
      const at = tenant();
      await use().createRoom(lobby(at), at.alice);
      await use().putMember(at.lobby, at.bob, "none", true);
      const say = () => draft(at, { conversation: at.lobby });
      await appendMany(use(), 2, say);
      await use().commit(batch({ advances: [{ user: at.bob, device: phone, conversation: at.lobby, seq: 1 }] }));

      await use().putMember(at.lobby, at.bob, "member", true); // still joined: nothing moves
      const still = await use().cursor(at.bob, phone, at.lobby);
      await use().putMember(at.lobby, at.bob, "none", false);
      const gone = await use().backlog(at.bob, phone);
      await use().putMember(at.lobby, at.bob, "none", true);

      assert.equal(still, 1);
      assert.deepEqual(gone, []);
      assert.equal(await use().cursor(at.bob, phone, at.lobby), 2);
      assert.deepEqual(await use().backlog(at.bob, phone), []);
    });

    it("is removed with its log and members, and its name is free", async () => {
      const at = tenant();
      await use().createRoom(lobby(at), at.alice);
      const say = () => draft(at, { conversation: at.lobby, originId: origin("o-1") });
      await append(use(), say());
      await use().putMember(at.lobby, at.bob, "none", true);
      await use().commit(
        batch({ advances: [{ user: at.bob, device: sensor, conversation: at.lobby, seq: 1 }], marks: [
          { user: at.bob, conversation: at.lobby, mark: "read", seq: 1, at: 1 },
        ] }),
      ); // prettier-ignore

      const removed = [await use().removeRoom(at.lobby), await use().removeRoom(at.lobby)];

      assert.deepEqual(removed, [true, false]);
      assert.equal(await use().room(at.lobby), undefined);
      assert.deepEqual(await use().members(at.lobby), []);
      assert.deepEqual(await use().read(at.lobby, 0, 9), []);
      assert.deepEqual(await use().heads([at.lobby]), [0]);
      assert.deepEqual(await use().conversations(at.bob, 9), []);
      assert.equal(await use().createRoom(lobby(at), at.bob), true);
      assert.deepEqual(seqs(await append(use(), say(), say())), [1, 1]);
      assert.deepEqual(await use().marks(at.lobby), []);
      assert.equal(await use().cursor(at.bob, sensor, at.lobby), 0);
    });
  });
}
