import assert from "node:assert/strict";
import type { Session } from "../../../src/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import { type DeviceId, roomOf, type UserId } from "../../../src/model/ids.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";

const [alice, bob, carol] = ["alice", "bob", "carol"].map(localUser) as [UserId, UserId, UserId];
const lobby = roomOf("lobby", "localhost");

describe("a room that tells of some roles only", () => {
  let core: RunningCore;
  beforeEach(async () => {
    core = await startCore(["alice", "bob", "carol"]);
    await core.rooms.create(lobby, alice, { presenceBroadcast: ["moderator"] });
  });
  afterEach(() => core[Symbol.asyncDispose]());

  async function enter(user: UserId, nick: string): Promise<{ session: Session; others: string[] }> {
    const session = await core.sessions.attach({
      user,
      device: "json:a" as DeviceId,
      echo: "never",
      durable: false,
      rememberMs: 0,
      wake: () => undefined,
      ended: () => undefined,
    });
    return { session, others: (await core.rooms.enter(session, lobby, { nick })).map((other) => other.nick) };
  }
  const heard = (session: Session) =>
    session
      .take(100)
      .flatMap(({ event }) =>
        event.type === "signal" && event.name === "occupant"
          ? [`${event.nick} ${event.present ? event.role : "gone"}`]
          : [],
      );

  it("says to nobody that others come, change and go, and knows all the same that they are there", async () => {
    const a = await enter(alice, "a");
    const b = await enter(bob, "b");
    const c = await enter(carol, "c");

    assert.deepEqual([b.others, c.others], [["a"], ["a"]]);
    await core.rooms.enter(c.session, lobby, { nick: "cc", status: "here" });
    assert.deepEqual(
      core.rooms.occupants(lobby).map(({ nick }) => nick),
      ["a", "b", "cc"],
    );
    await assert.rejects(core.rooms.enter(b.session, lobby, { nick: "cc" }), { code: "conflict" });
    core.rooms.exit(c.session, lobby);
    assert.deepEqual([heard(a.session), heard(b.session)], [[], []]);
    assert.equal(core.rooms.occupantCount(lobby), 2);
  });

  it("shows who becomes one of them, and shows him go when he is none any more", async () => {
    const a = await enter(alice, "a");
    const b = await enter(bob, "b");
    const c = await enter(carol, "c");

    await core.rooms.setRole(lobby, alice, "b", "moderator");
    assert.deepEqual([heard(a.session), heard(c.session)], [["b moderator"], ["b moderator"]]);
    await core.rooms.setRole(lobby, alice, "b", "participant");

    assert.deepEqual([heard(a.session), heard(c.session)], [["b gone"], ["b gone"]]);
    assert.deepEqual(heard(b.session), ["b moderator", "b participant"]);
    await core.rooms.setRole(lobby, alice, "b", "none");
    assert.deepEqual([heard(a.session), heard(b.session), heard(c.session)], [[], ["b gone"], []]);
  });

  it("shows and hides those who are there when the setting changes", async () => {
    const a = await enter(alice, "a");
    const b = await enter(bob, "b");

    const room = await core.rooms.update(lobby, alice, {
      presenceBroadcast: ["participant", "moderator", "moderator"],
    });
    assert.deepEqual(room.settings?.presenceBroadcast, ["moderator", "participant"]);
    assert.deepEqual(heard(a.session), ["b participant"]);
    heard(b.session);
    await core.rooms.update(lobby, alice, { presenceBroadcast: [] });

    assert.deepEqual(heard(a.session).toSorted(), ["a moderator", "b gone"]);
    assert.deepEqual(heard(b.session).toSorted(), ["a gone", "b participant"]);
    const { others } = await enter(carol, "c");
    assert.deepEqual(others, []);
  });
});
