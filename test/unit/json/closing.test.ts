import assert from "node:assert/strict";
import { createJson } from "../../../protocols/json/index.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Listener } from "../../../src/net/tcp-listener.ts";
import { startCore } from "../../../src/testing/core.ts";
import { httpFor } from "../net/peers.ts";
import { Chat } from "./chat.ts";

describe("the JSON dialect closes a connection", () => {
  let core: RunningCore;
  let http: Listener;
  const chats: Chat[] = [];

  beforeEach(async () => {
    core = await startCore(["alice"]);
    http = await httpFor({ endpoints: createJson(core, { authTimeoutMs: 200 }).webSockets });
  });
  afterEach(async () => {
    for (const chat of chats.splice(0)) await chat.leave();
    await core[Symbol.asyncDispose]();
    await http[Symbol.asyncDispose]();
  });

  const closing: readonly [string, (chat: Chat) => unknown, number][] = [
    ["a wrong password", (chat) => chat.tell({ type: "auth", user: "alice", password: "wrong" }), 4401],
    ["a name nobody has", (chat) => chat.tell({ type: "auth", user: "nobody", password: "wrong" }), 4401],
    ["a command before auth", (chat) => chat.tell({ type: "send", to: "bob", body: "x" }), 4401],
    ["silence before auth", () => undefined, 4408],
    [
      "a device called like another protocol's",
      (chat) => chat.tell({ type: "auth", user: "alice", password: "secret-alice", device: "xmpp:phone" }),
      4700,
    ],
    ["a binary frame", (chat) => chat.raw(Buffer.from("{}")), 1003],
    ["a frame over the limit", (chat) => chat.raw("x".repeat(65_537)), 1009],
  ];
  for (const [what, act, code] of closing) {
    it(`with ${code} on ${what}`, async () => {
      const chat = await Chat.open(http.port);
      chats.push(chat);

      act(chat);

      assert.equal(await chat.closed, code);
    });
  }

  it("with 4429 after too many wrong passwords from one address", async () => {
    const guess = async (name: string): Promise<number> => {
      const chat = await Chat.open(http.port);
      chat.tell({ type: "auth", user: name, password: "wrong" });
      return chat.closed;
    };

    const codes = [];
    for (let n = 0; n < 60 && codes.at(-1) !== 4429; n++) codes.push(await guess(`guess-${n}`));

    assert.equal(codes.at(-1), 4429);
    assert.ok(codes.length > 10, "one account's failures are not what was counted");
  });

  it("of a device that connected elsewhere, with session_replaced", async () => {
    const older = await login("phone");
    await login("phone");

    assert.deepEqual(await older.hears("bye"), { type: "bye", reason: "session_replaced" });
    assert.equal(await older.closed, 4701);
  });

  async function login(device: string): Promise<Chat> {
    const chat = await Chat.open(http.port);
    chats.push(chat);
    await chat.login({ user: "alice", password: "secret-alice", device });
    return chat;
  }
});
