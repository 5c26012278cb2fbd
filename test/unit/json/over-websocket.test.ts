import assert from "node:assert/strict";
import { createJson } from "../../../protocols/json/index.ts";
import type { Frontend } from "../../../src/frontend.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Listener } from "../../../src/net/tcp-listener.ts";
import { startCore } from "../../../src/testing/core.ts";
import { httpFor } from "../net/peers.ts";
import { Chat } from "./chat.ts";

describe("the JSON dialect over a real WebSocket", () => {
  let core: RunningCore;
  let json: Frontend;
  let http: Listener;
  const chats: Chat[] = [];

  beforeEach(async () => {
    core = await startCore(["alice", "bob"]);
    json = createJson(core, { maxBody: 1000 });
    http = await httpFor({ endpoints: json.webSockets, pages: json.http });
  });
  afterEach(async () => {
    for (const chat of chats.splice(0)) await chat.leave();
    await core[Symbol.asyncDispose]();
    await http[Symbol.asyncDispose]();
  });

  it("carries a direct message, its receipts and its retry", async () => {
    const [alice, bob] = [await login("alice"), await login("bob")];

    const sent = await alice.ask({ type: "send", to: "bob", cid: "c1", body: "hi", thread: "t1" });
    const heard = await bob.hears("message");
    bob.tell({ type: "ack", c: heard.c, s: heard.s, mark: "read" });
    const marks = [await alice.hears("receipt"), await alice.hears("receipt")].map(({ mark, s, user }) => [
      mark,
      s,
      user,
    ]);
    const again = await alice.ask({ type: "send", to: "bob", cid: "c1", body: "hi", thread: "t1" });
    const other = await alice.ask({ type: "send", to: "bob", cid: "c1", body: "ho" });

    assert.deepEqual(
      [heard.c, heard.s, heard.from, heard.body, heard.thread],
      ["dm:alice:bob", 1, "alice", "hi", "t1"],
    );
    assert.deepEqual(marks, [
      ["delivered", 1, "bob"],
      ["read", 1, "bob"],
    ]);
    assert.deepEqual(again, { ...sent, re: again.re, duplicate: true });
    assert.equal(other.error.code, "conflict");
  });

  it("keeps messages for a device that is away, and says when it has caught up", async () => {
    const alice = await login("alice");
    await alice.ask({ type: "send", to: "bob", body: "one" });
    await alice.ask({ type: "send", to: "bob", body: "two" });

    const bob = await login("bob", "phone");
    const types = [await bob.next(), await bob.next(), await bob.next()].map(({ type, body }) => body ?? type);
    bob.tell({ type: "ack", c: "dm:alice:bob", s: 1 });
    await alice.hears("receipt");
    await bob.leave();
    const again = await login("bob", "phone");
    const { body, redelivered } = await again.hears("message");

    assert.deepEqual(types, ["one", "two", "synced"]);
    assert.deepEqual([body, redelivered], ["two", true]);
  });

  it("resumes from what the client says it has, and says where it cannot", async () => {
    const alice = await login("alice");
    for (const body of ["one", "two", "three"]) await alice.ask({ type: "send", to: "bob", body });

    const bob = await login("bob", "phone", {
      resume: { conversations: { "dm:alice:bob": ["e1", 2], "room:nowhere": 7 } },
    });
    const gap = await bob.hears("gap");
    const message = await bob.hears("message");
    const { s } = await alice.hears("receipt");

    assert.equal(bob.welcome.resumed, false);
    assert.deepEqual(gap, { type: "gap", c: "room:nowhere", why: "gone", head: 0 });
    assert.equal(message.body, "three");
    assert.equal(s, 2);
  });

  it("says gap when the client has numbers that the log never gave out", async () => {
    const alice = await login("alice");
    await alice.ask({ type: "send", to: "bob", body: "one" });

    const bob = await login("bob", "phone", { resume: { conversations: { "dm:alice:bob": 9 } } });

    assert.deepEqual(await bob.hears("gap"), { type: "gap", c: "dm:alice:bob", why: "epoch", head: 1 });
    assert.equal((await bob.hears("message")).body, "one");
  });

  it("governs a room: configure, invite, role, kick, ban, register, destroy", async () => {
    const [alice, bob] = [await login("alice"), await login("bob")];
    const c = "room:snug";
    await alice.ask({ type: "create", c, moderated: true, slowMode: 0 });
    assert.equal((await bob.ask({ type: "configure", c, title: "mine" })).error.code, "forbidden");
    const configured = await alice.ask({ type: "configure", c, open: false, password: "cauldron" });
    assert.deepEqual(
      [configured.open, configured.moderated, configured.password, configured.protected],
      [false, true, "cauldron", true],
    );

    await alice.ask({ type: "invite", c, user: "bob", reason: "come" });
    const invitation = await bob.hears("invitation");
    assert.deepEqual([invitation.room, invitation.reason, invitation.password], [c, "come", "cauldron"]);
    const joined = await bob.ask({ type: "join", c, password: "cauldron" });
    assert.equal(joined.error, undefined);
    const seen = await bob.ask({ type: "room", c });
    assert.deepEqual([seen.affiliation, seen.password, seen.protected], ["member", undefined, true]);

    assert.equal((await alice.ask({ type: "role", c, user: "bob", role: "visitor" })).error, undefined);
    assert.equal((await bob.ask({ type: "send", c, body: "me?" })).error.code, "forbidden");
    await alice.ask({ type: "affiliation", c, user: "bob", affiliation: "admin" });
    assert.equal((await bob.ask({ type: "send", c, body: "me!" })).error, undefined);
    await alice.ask({ type: "affiliation", c, user: "bob", affiliation: "member" });
    assert.equal((await bob.ask({ type: "register", c, nick: "bobby" })).error, undefined);
    assert.equal((await alice.ask({ type: "kick", c, user: "bob", reason: "out" })).error, undefined);
    assert.equal((await alice.ask({ type: "kick", c, nick: "bob" })).error.code, "not_found");
    await alice.ask({ type: "ban", c, user: "bob" });
    assert.equal((await bob.ask({ type: "join", c, password: "cauldron" })).error.code, "forbidden");
    await alice.ask({ type: "ban", c, user: "bob", banned: false });
    assert.equal((await bob.ask({ type: "decline", c, user: "alice", reason: "never" })).error, undefined);
    assert.equal((await alice.hears("invitation")).declined, true);
    assert.equal((await bob.ask({ type: "destroy", c })).error.code, "forbidden");
    assert.equal((await alice.ask({ type: "destroy", c, reason: "done" })).error, undefined);
    assert.equal((await alice.ask({ type: "room", c })).error.code, "not_found");
  });

  it("serves a room: create, join, speak, history, members, leave", async () => {
    const [alice, bob] = [await login("alice"), await login("bob")];
    const second = await login("bob", "tablet");
    await alice.ask({ type: "create", c: "room:lobby", title: "Lobby" });
    await alice.ask({ type: "join", c: "room:lobby", nick: "Al" });

    const joined = await bob.ask({ type: "join", c: "room:lobby" });
    await alice.ask({ type: "send", c: "room:lobby", body: "welcome" });
    const heard = [await bob.hears("message"), await second.hears("message")];
    const members = await bob.ask({ type: "members", c: "room:lobby" });
    const page = await bob.ask({ type: "history", c: "room:lobby", after: 0 });
    const left = await bob.ask({ type: "leave", c: "room:lobby" });
    await alice.ask({ type: "send", c: "room:lobby", body: "gone?" });
    const list = await bob.ask({ type: "conversations" });

    assert.deepEqual(joined.occupants, [
      { user: "alice", nick: "Al", show: "available", affiliation: "owner", role: "moderator" },
    ]);
    assert.deepEqual(
      heard.map(({ c, body }) => [c, body]),
      [
        ["room:lobby", "welcome"],
        ["room:lobby", "welcome"],
      ],
    );
    assert.deepEqual(
      members.members.map(({ user, affiliation }: any) => [user, affiliation]),
      [
        ["alice", "owner"],
        ["bob", "member"],
      ],
    );
    assert.deepEqual(
      page.messages.map(({ s, body }: any) => [s, body]),
      [[1, "welcome"]],
    );
    assert.equal(left.error, undefined);
    assert.deepEqual(list.conversations, []);
    assert.equal((await bob.ask({ type: "create", c: "room:lobby" })).error.code, "conflict");
  });

  it("pages through history without a hole, in frames that keep to the limit", async () => {
    const alice = await login("alice");
    const body = "x".repeat(900);
    await Promise.all(
      Array.from({ length: 150 }, (_, n) => alice.ask({ type: "send", to: "bob", body: `${n} ${body}` })),
    );

    const seqs: number[] = [];
    for (let more = true; more;) {
      const page = await alice.ask({ type: "history", c: "dm:alice:bob", after: seqs.at(-1) ?? 0, limit: 200 });
      seqs.push(...page.messages.map(({ s }: any) => s));
      more = page.more;
    }
    const last = await alice.ask({ type: "history", c: "dm:bob:alice", limit: 200 });

    assert.deepEqual(
      seqs,
      Array.from({ length: 150 }, (_, n) => n + 1),
    );
    assert.equal(last.messages.at(-1).s, 150);
    assert.equal(last.more, true);
    assert.ok(alice.longestFrame <= 65_536, `${alice.longestFrame}`);
  });

  it("publishes on plain topics and subscribes to filters", async () => {
    const [alice, bob] = [await login("alice"), await login("bob")];
    await alice.ask({ type: "publish", c: "topic:plant/7/temp", payload: "20", retain: true });

    await bob.ask({ type: "subscribe", c: "plant/+/temp" });
    const kept = await bob.hears("publication");
    const sent = await alice.ask({ type: "publish", c: "topic:plant/8/temp", bytes: "/w==" });
    const live = await bob.hears("publication");
    await bob.ask({ type: "unsubscribe", c: "plant/+/temp" });
    const unheard = await alice.ask({ type: "publish", c: "topic:plant/8/temp", payload: "22" });
    const forged = await alice.ask({ type: "publish", c: "topic:chat/dm/bob", payload: "I am bob" });

    assert.deepEqual([kept.c, kept.payload, kept.retain, kept.from], ["topic:plant/7/temp", "20", true, "alice"]);
    assert.deepEqual([live.topic, live.bytes, live.payload, live.retain], ["plant/8/temp", "/w==", undefined, false]);
    assert.deepEqual([sent.matched, unheard.matched], [1, 0]);
    assert.equal(forged.error.code, "forbidden");
  });

  it("shows typing, and the presence of contacts once they have agreed", async () => {
    const [alice, bob] = [await login("alice"), await login("bob")];

    alice.tell({ type: "typing", c: "dm:alice:bob" });
    const typing = await bob.hears("typing");
    await alice.ask({ type: "contacts", add: "bob", name: "Bobby" });
    const asked = await bob.hears("contact");
    await bob.ask({ type: "contacts", accept: "alice" });
    const seen = await alice.hears("presence");
    bob.tell({ type: "presence", show: "away", status: "lunch" });
    const away = await alice.hears("presence");
    const { contacts } = await alice.ask({ type: "contacts" });

    assert.deepEqual([typing.user, typing.state], ["alice", "composing"]);
    assert.deepEqual([asked.user, asked.asks], ["alice", true]);
    assert.deepEqual([seen.user, seen.available, seen.show], ["bob", true, "available"]);
    assert.deepEqual([away.show, away.status], ["away", "lunch"]);
    assert.deepEqual(contacts, [
      { user: "bob", name: "Bobby", groups: [], subscription: "to", asked: false, asks: false },
    ]);
  });

  it("answers in the order of the commands, and none without an id", async () => {
    const alice = await Chat.open(http.port);
    chats.push(alice);

    alice.raw(
      [
        { id: 1, type: "auth", user: "alice", password: "secret-alice" },
        { id: "two", type: "send", to: "bob", body: "stored" },
        { type: "send", to: "bob", body: "no answer" },
        { type: "send", to: "nobody", body: "no answer but an error" },
        { id: 3, type: "ping" },
        {},
      ]
        .map((command) => JSON.stringify(command))
        .join("\n"),
    );
    const answers = [];
    while (answers.length < 4) answers.push(await alice.answer());

    assert.deepEqual(
      answers.map(({ re }) => re),
      [1, "two", null, 3],
    );
    assert.equal(answers[2].error.code, "not_found");
    assert.equal((await alice.ask({ type: "history", c: "dm:alice:bob" })).messages.length, 2);
  });

  it("takes a token instead of a password", async () => {
    const token = await core.accounts.issueToken("alice@localhost" as never, 60_000);
    const [right, wrong] = [await Chat.open(http.port), await Chat.open(http.port)];
    chats.push(right, wrong);

    assert.equal((await right.ask({ type: "auth", token })).user, "alice");
    assert.equal((await wrong.ask({ type: "auth", token: `${token}x` })).error.code, "unauthorized");
    assert.equal(await wrong.closed, 4401);
  });

  it("says goodbye on drain, after what was begun is answered", async () => {
    const alice = await login("alice");
    const stored = alice.ask({ type: "send", to: "bob", body: "last words" });
    await alice.arrived();

    await json.drain(2000);

    assert.equal((await stored).s, 1);
    assert.equal((await alice.hears("bye")).reason, "drain");
    assert.equal(await alice.closed, 4001);
  });

  async function login(user: string, device = "desk", more: object = {}): Promise<Chat> {
    const chat = await Chat.open(http.port);
    chats.push(chat);
    await chat.login({ user, password: `secret-${user}`, device, ...more });
    return chat;
  }
});
