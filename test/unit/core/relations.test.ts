import assert from "node:assert/strict";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Draft, Envelope } from "../../../src/model/event.ts";
import { type ConversationId, type DeviceId, directOf, roomOf, type UserId } from "../../../src/model/ids.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";

const [alice, bob, carol] = ["alice", "bob", "carol"].map(localUser) as [UserId, UserId, UserId];
const dm = directOf(alice, bob);
const lobby = roomOf("lobby", "localhost");

describe("an entry about another", () => {
  let core: RunningCore;
  beforeEach(async () => {
    core = await startCore(["alice", "bob", "carol"]);
    await core.rooms.create(lobby, carol);
  });
  afterEach(() => core[Symbol.asyncDispose]());

  async function say(author: UserId, over: Partial<Draft> = {}): Promise<Envelope> {
    const draft: Draft = {
      conversation: dm,
      kind: "message",
      author,
      device: "json:a" as DeviceId,
      body: "x",
      ...over,
    };
    return (await core.router.sendOne(draft)).envelope;
  }
  const about = (author: UserId, kind: Draft["kind"], target: { mid?: string; seq?: number }, more: object = {}) =>
    say(author, { kind, body: kind === "edit" ? "y" : undefined, relation: { target, ...more } as never, ...where });
  let where: { conversation?: ConversationId } = {};
  beforeEach(() => (where = {}));
  const refused = (code: string) => (fault: { code?: string }) => fault.code === code;

  it("names its target by seq and mid, however it was asked for", async () => {
    const first = await say(alice);

    const [one, other] = [
      await about(alice, "edit", { mid: first.mid }),
      await about(bob, "reaction", { seq: 1 }, { emojis: ["👍"] }),
    ];

    const target = { seq: 1, mid: first.mid, author: alice, id: undefined };
    assert.deepEqual([one.relation?.target, other.relation?.target], [target, target]);
  });

  it("is refused when there is no such message in its conversation", async () => {
    where = { conversation: lobby };
    const elsewhere = await say(alice, where);
    where = {};
    await say(alice);

    await assert.rejects(about(alice, "edit", { mid: elsewhere.mid }), refused("not-found"));
    await assert.rejects(about(alice, "edit", { seq: 9 }), refused("not-found"));
    await assert.rejects(say(bob, { relation: { target: { seq: 9 } } }), refused("not-found"));
    await assert.rejects(say(bob, { kind: "reaction", relation: { emojis: [] } }), refused("bad-request"));
  });

  it("pins what is there, 50 at a time, in a room as whoever may set its subject", async () => {
    for (let seq = 1; seq <= 51; seq++) await say(alice);
    const pin = (seq: number, pinned = true) => about(bob, "pin", { seq }, { pinned });
    for (let seq = 1; seq <= 50; seq++) await pin(seq);
    await assert.rejects(pin(51), refused("quota-exceeded"));
    await pin(7, false);
    await pin(51);
    assert.equal((await core.conversations.pins(alice, dm)).at(-1)!.message.seq, 51);
    await assert.rejects(about(bob, "pin", { seq: 1 }), refused("bad-request"));

    where = { conversation: lobby };
    await say(alice, where);
    await core.rooms.update(lobby, carol, { subjectBy: "moderators" });
    await assert.rejects(pin(1), refused("forbidden"));
    await about(carol, "pin", { seq: 1 }, { pinned: true });
  });

  it("calls between two alone, in words that every protocol can say", async () => {
    const call = (step: object, over: Partial<Draft> = {}) =>
      say(alice, { kind: "call", body: undefined, relation: { call: step as never }, ...over });
    await call({ id: "c", action: "propose", media: ["audio"] });

    for (const step of [
      { id: "", action: "propose" },
      { id: "c", action: "dance" },
      { id: "c", action: "finish", why: "<x/>" },
    ])
      await assert.rejects(call(step), refused("bad-request"));
    await assert.rejects(call({ id: "c", action: "propose" }, { conversation: lobby }), refused("bad-request"));
  });

  it("edits and retracts what is one's own alone", async () => {
    const first = await say(alice);

    await assert.rejects(about(bob, "edit", { mid: first.mid }), refused("forbidden"));
    await assert.rejects(about(bob, "retraction", { mid: first.mid }), refused("forbidden"));
  });

  it("retracts what is another's for a room's moderator, who edits it no more than others", async () => {
    where = { conversation: lobby };
    const first = await say(alice, where);

    await assert.rejects(about(bob, "retraction", { mid: first.mid }), refused("forbidden"));
    await assert.rejects(about(carol, "edit", { mid: first.mid }), refused("forbidden"));
    await about(carol, "retraction", { mid: first.mid }, { reason: "spam" });

    const [gone] = await core.conversations.history(bob, lobby, 0, 1);
    assert.deepEqual([gone!.body, gone!.retracted?.by, gone!.retracted?.reason], [undefined, carol, "spam"]);
  });

  it("means the original when it names an edit, and nothing once that is retracted", async () => {
    const first = await say(alice);
    const edit = await about(alice, "edit", { mid: first.mid });

    const again = await about(alice, "edit", { mid: edit.mid });
    await about(alice, "retraction", { mid: edit.mid });

    assert.equal(again.relation?.target?.mid, first.mid);
    await assert.rejects(about(alice, "edit", { mid: first.mid }), refused("conflict"));
    await assert.rejects(about(bob, "reaction", { mid: first.mid }, { emojis: ["👍"] }), refused("conflict"));
    await about(bob, "reaction", { mid: first.mid }, { emojis: [] });
    const bodies = (await core.conversations.history(bob, dm, 0, 10)).map(({ body }) => body);
    assert.deepEqual(new Set(bodies), new Set([undefined]));
  });

  it("keeps its place behind what its author sent before, and ahead of what he sent after", async () => {
    const first = await say(alice);

    const sent = await Promise.all([
      say(alice, { body: "before" }),
      about(alice, "edit", { mid: first.mid }),
      say(alice, { body: "after" }),
    ]);

    assert.deepEqual(sent.map(({ seq }) => seq), [2, 3, 4]); // prettier-ignore
  });

  it("has bounds", async () => {
    const { mid } = await say(alice);
    const many = Array.from({ length: 21 }, (_, n) => String(n));

    await assert.rejects(about(bob, "reaction", { mid }, { emojis: many }), refused("quota-exceeded"));
    await assert.rejects(about(bob, "reaction", { mid }, { emojis: [""] }), refused("bad-request"));
    await assert.rejects(about(alice, "retraction", { mid }, { reason: "x".repeat(2000) }), refused("too-large"));
  });
});
