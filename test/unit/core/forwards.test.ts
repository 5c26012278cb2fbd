import assert from "node:assert/strict";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Draft, Envelope } from "../../../src/model/event.ts";
import { type DeviceId, directOf, roomOf, type UserId } from "../../../src/model/ids.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";

const [alice, bob, carol] = ["alice", "bob", "carol"].map(localUser) as [UserId, UserId, UserId];
const dm = directOf(alice, bob);
const masked = roomOf("masked", "localhost");

describe("a message said again elsewhere", () => {
  let core: RunningCore;
  beforeEach(async () => {
    core = await startCore(["alice", "bob", "carol"]);
    await core.rooms.create(masked, carol, { addresses: "moderators" });
  });
  afterEach(() => core[Symbol.asyncDispose]());

  async function say(over: Partial<Draft> = {}): Promise<Envelope> {
    const device = "json:a" as DeviceId;
    const draft: Draft = { conversation: dm, kind: "message", author: alice, device, body: "x", ...over };
    return (await core.router.sendOne(draft)).envelope;
  }
  const refused = (code: string) => (fault: { code?: string }) => fault.code === code;

  it("is still its first author's, and an edit says what it says now", async () => {
    const first = await say();
    const edit = await say({ kind: "edit", body: "y", relation: { target: { mid: first.mid } } });
    const forward = await core.conversations.forwardable(bob, dm, { mid: edit.mid });
    assert.deepEqual(forward, { body: "y", bytes: undefined, relation: { forwarded: { from: alice, at: edit.at } } });

    const again = await say({ conversation: directOf(bob, carol), author: bob, ...forward });

    const next = await core.conversations.forwardable(carol, directOf(bob, carol), { seq: again.seq });
    assert.deepEqual([next.body, next.relation.forwarded.from, next.relation.forwarded.at], ["y", alice, edit.at]);
  });

  it("tells nobody's account from a room that hides it", async () => {
    const { seq, at } = await say({ conversation: masked, author: bob });

    const { relation } = await core.conversations.forwardable(alice, masked, { seq });

    assert.deepEqual(relation, { forwarded: { from: undefined, at } });
  });

  it("is nobody else's, and nothing that is gone", async () => {
    const { mid } = await say();
    await assert.rejects(core.conversations.forwardable(carol, dm, { mid }), refused("forbidden"));
    await assert.rejects(core.conversations.forwardable(alice, dm, { seq: 9 }), refused("not-found"));

    await say({ kind: "retraction", body: undefined, relation: { target: { mid } } });

    await assert.rejects(core.conversations.forwardable(bob, dm, { mid }), refused("conflict"));
  });
});
