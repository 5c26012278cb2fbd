import assert from "node:assert/strict";
import { createJson } from "../../../protocols/json/index.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Listener } from "../../../src/net/tcp-listener.ts";
import { startCore } from "../../../src/testing/core.ts";
import { httpFor } from "../net/peers.ts";
import { Chat } from "./chat.ts";

describe("search over the JSON dialect", () => {
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
    core = await startCore(["alice", "bob", "carol"]);
    const json = createJson(core, {});
    http = await httpFor({ endpoints: json.webSockets, pages: json.http });
    [alice, bob] = [await login("alice"), await login("bob")];
    await alice.ask({ type: "create", c: "room:hall" });
    await alice.ask({ type: "send", to: "bob", body: "the red pump leaks" });
    await alice.ask({ type: "send", to: "carol", body: "a red herring" });
    await alice.ask({ type: "send", c: "room:hall", body: "Red alert" });
    await bob.ask({ type: "send", to: "alice", body: "which pump?" });
  });
  after(async () => {
    await alice.leave();
    await bob.leave();
    await core[Symbol.asyncDispose]();
    await http[Symbol.asyncDispose]();
  });

  const bodies = ({ messages }: { messages: { body: string }[] }): string[] => messages.map(({ body }) => body);

  it("finds what the account may read, and says whether there is more", async () => {
    const all = await alice.ask({ type: "search", text: "RED" });
    assert.deepEqual([bodies(all), all.more], [["the red pump leaks", "a red herring", "Red alert"], false]);
    assert.equal(all.messages[0].c, "dm:alice:bob");
    assert.deepEqual(bodies(await bob.ask({ type: "search", text: "red" })), ["the red pump leaks"]);

    const last = await alice.ask({ type: "search", text: "red", limit: 1 });
    assert.deepEqual([bodies(last), last.more], [["Red alert"], true]);
    const before = await alice.ask({ type: "search", text: "red", limit: 1, before: last.messages[0].mid });
    assert.deepEqual([bodies(before), before.more], [["a red herring"], true]);
    const after = await alice.ask({ type: "search", text: "red", after: before.messages[0].mid });
    assert.deepEqual([bodies(after), after.more], [["Red alert"], false]);
  });

  it("keeps to one conversation, and out of others'", async () => {
    assert.deepEqual(bodies(await alice.ask({ type: "search", text: "pump*", c: "dm:alice:bob" })), [
      "the red pump leaks",
      "which pump?",
    ]);
    assert.equal((await bob.ask({ type: "search", text: "red", c: "dm:alice:carol" })).error.code, "not_found");
    assert.equal((await bob.ask({ type: "search", text: "red", c: "room:nowhere" })).error.code, "not_found");
  });

  it("refuses what is no question", async () => {
    for (const fields of [
      { text: "" },
      { text: "?!" },
      { text: "a ".repeat(3).trim() + " b".repeat(500) },
      { text: Array.from({ length: 40 }, (_, n) => `w${n}`).join(" ") },
      { text: "a", before: "x" },
      {},
    ]) {
      const { error } = await alice.ask({ type: "search", ...fields });
      assert.equal(error.code, "bad_request", JSON.stringify(fields).slice(0, 40));
    }
    const unknown = await alice.ask({ type: "search", text: "a", before: "01980000-0000-7000-8000-000000000000" });
    assert.equal(unknown.error.code, "not_found");
  });
});
