import assert from "node:assert/strict";
import type { Session } from "../../../src/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Draft } from "../../../src/model/event.ts";
import { type DeviceId, roomOf, type UserId } from "../../../src/model/ids.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";

const [alice, bob, carol] = ["alice", "bob", "carol"].map(localUser) as [UserId, UserId, UserId];
const lobby = roomOf("lobby", "localhost");
const refused = (code: string) => (fault: { code?: string }) => fault.code === code;

describe("the government of a room", () => {
  let core: RunningCore;
  beforeEach(async () => {
    core = await startCore(["alice", "bob", "carol"]);
    await core.rooms.create(lobby, alice);
  });
  afterEach(() => core[Symbol.asyncDispose]());

  function attach(user: UserId, device = "json:a"): Promise<Session> {
    const quiet = { wake: () => undefined, ended: () => undefined };
    return core.sessions.attach({
      user,
      device: device as DeviceId,
      echo: "never",
      durable: false,
      rememberMs: 0,
      ...quiet,
    });
  }
  async function enter(user: UserId, nick: string, password?: string): Promise<Session> {
    const session = await attach(user);
    await core.rooms.enter(session, lobby, { nick, password });
    return session;
  }
  const say = (author: UserId, over: Partial<Draft> = {}) =>
    core.router.sendOne({ conversation: lobby, kind: "message", author, device: "json:a" as DeviceId, body: "x", ...over }); // prettier-ignore
  const roleOf = (user: UserId) => core.rooms.occupants(lobby).find((each) => each.user === user)?.role;
  const causes = (session: Session) =>
    session.take(100).flatMap(({ event }) => (event.type === "signal" && event.name === "occupant" && event.cause ? [[event.nick, event.present, event.cause.what]] : [])); // prettier-ignore

  it("is its owner's: nobody else configures or removes the room", async () => {
    await assert.rejects(core.rooms.update(lobby, bob, { title: "mine" }), refused("forbidden"));
    await assert.rejects(core.rooms.remove(lobby, bob), refused("forbidden"));

    const room = await core.rooms.update(lobby, alice, { title: "Ours", moderated: true });

    assert.deepEqual([room.title, room.settings], ["Ours", { moderated: true }]);
    assert.deepEqual(await core.rooms.find(lobby), room);
  });

  it("lets a password in, and those who have joined without one", async () => {
    await core.rooms.update(lobby, alice, { password: "cauldron" });

    await assert.rejects(enter(bob, "bob"), refused("unauthorized"));
    await assert.rejects(core.rooms.join(lobby, bob, "wrong"), refused("unauthorized"));
    await assert.rejects(say(bob), refused("forbidden"));
    await core.rooms.join(lobby, bob, "cauldron");
    await enter(bob, "bob");
    await say(bob);
  });

  it("closes the room to strangers who are in it", async () => {
    const session = await enter(bob, "bob");

    await core.rooms.update(lobby, alice, { open: false });

    assert.deepEqual(causes(session), [["bob", false, "members-only"]]);
    assert.deepEqual(core.rooms.occupants(lobby), []);
    await assert.rejects(enter(bob, "bob"), refused("forbidden"));
  });

  it("gives voice and takes it", async () => {
    await core.rooms.update(lobby, alice, { moderated: true });
    await enter(bob, "bob");
    assert.equal(roleOf(bob), "visitor");
    await assert.rejects(say(bob), refused("forbidden"));

    await core.rooms.setRole(lobby, alice, "bob", "participant");
    assert.equal(roleOf(bob), "participant");
    await say(bob);

    await assert.rejects(core.rooms.setRole(lobby, bob, "bob", "moderator"), refused("forbidden"));
    await core.rooms.setRole(lobby, alice, "bob", "visitor");
    await assert.rejects(say(bob), refused("forbidden"));
  });

  it("kicks: out of the room and of its inboxes, and back in if he likes", async () => {
    await core.rooms.join(lobby, bob);
    const session = await enter(bob, "bob");

    await core.rooms.setRole(lobby, alice, "bob", "none", "out");

    assert.deepEqual(causes(session), [["bob", false, "kicked"]]);
    const member = (await core.rooms.members(lobby)).find(({ user }) => user === bob);
    assert.deepEqual([member?.affiliation, member?.joined], ["member", false]);
    await core.rooms.enter(session, lobby, { nick: "bob" });
  });

  it("bans for good, an owner never, oneself never", async () => {
    const session = await enter(bob, "bob");

    await core.rooms.setAffiliations(lobby, alice, [{ user: bob, affiliation: "outcast", reason: "treason" }]);

    assert.deepEqual(causes(session), [["bob", false, "banned"]]);
    await assert.rejects(enter(bob, "bob"), refused("forbidden"));
    await assert.rejects(core.rooms.setAffiliation(lobby, alice, alice, "outcast"), refused("conflict"));
    await core.rooms.setAffiliation(lobby, alice, carol, "admin");
    await assert.rejects(core.rooms.setAffiliation(lobby, carol, alice, "outcast"), refused("forbidden"));
  });

  it("keeps an owner, and allows all of a change or nothing", async () => {
    const changes = [
      { user: bob, affiliation: "member" },
      { user: alice, affiliation: "none" },
    ] as const;

    await assert.rejects(core.rooms.setAffiliations(lobby, alice, changes), refused("conflict"));

    assert.equal(await core.rooms.affiliation(lobby, bob), "none");
    await core.rooms.setAffiliations(lobby, alice, [{ user: bob, affiliation: "owner" }, changes[1]]);
    assert.equal(await core.rooms.affiliation(lobby, alice), "none");
  });

  it("keeps a nick for who has reserved it", async () => {
    await core.rooms.reserve(lobby, bob, "bobby");

    await assert.rejects(enter(carol, "bobby"), refused("conflict"));
    await assert.rejects(core.rooms.reserve(lobby, carol, "bobby"), refused("conflict"));
    await enter(bob, "bobby");
    assert.equal(await core.rooms.affiliation(lobby, bob), "member");
    await core.rooms.unregister(lobby, bob);
    await core.rooms.reserve(lobby, bob, "robert");
    await enter(carol, "someone");
  });

  it("lets in so many, and owners always", async () => {
    await core.rooms.update(lobby, alice, { maxOccupants: 1 });
    await enter(bob, "bob");

    await assert.rejects(enter(carol, "carol"), refused("quota-exceeded"));
    await enter(alice, "alice");
  });

  it("says how often one may speak, and who sets the subject", async () => {
    await core.rooms.update(lobby, alice, { slowModeMs: 60_000, subjectBy: "moderators" });

    await say(bob);

    await assert.rejects(say(bob), (fault: { code?: string; retryAfterMs?: number }) => fault.code === "rate-limited" && fault.retryAfterMs! > 0); // prettier-ignore
    await say(carol);
    await say(alice);
    await say(alice);
    await assert.rejects(say(bob, { kind: "subject" }), refused("forbidden"));
    await say(alice, { kind: "subject" });
  });

  it("ends a room that is only for now with its last occupant", async () => {
    await core.rooms.update(lobby, alice, { persistent: false });
    const [one, other] = [await enter(alice, "alice"), await enter(bob, "bob")];

    core.rooms.exit(one, lobby);
    assert.ok((await core.rooms.find(lobby)) !== undefined);
    core.rooms.exit(other, lobby);

    assert.equal(await core.rooms.find(lobby), undefined);
  });

  it("tells why the room is no more, and begins anew under its name", async () => {
    const session = await enter(bob, "bob");
    await say(bob);

    await core.rooms.remove(lobby, alice, { reason: "moved", alternate: roomOf("snug", "localhost") });

    assert.deepEqual(causes(session), [["bob", false, "destroyed"]]);
    await core.rooms.create(lobby, bob);
    assert.equal((await say(bob)).envelope.seq, 1);
  });

  it("invites: who may not, cannot, and a guest of a closed room becomes a member", async () => {
    await core.rooms.update(lobby, alice, { open: false });

    await assert.rejects(core.rooms.mayInvite(lobby, bob, carol), refused("forbidden"));
    await core.rooms.mayInvite(lobby, alice, carol);

    await until(() => true);
    assert.equal(await core.rooms.affiliation(lobby, carol), "member");
  });
});
