import assert from "node:assert/strict";
import type { Session } from "../../../src/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import { directOf, type DeviceId, type UserId } from "../../../src/model/ids.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";

const gate = "gate.example.org" as UserId;
const bot = "bot@gate.example.org" as UserId;
const alice = localUser("alice");
const conversation = directOf(alice, bot);

describe("people of other hosts", () => {
  let core: RunningCore;
  let porter: Session;
  beforeEach(async () => {
    core = await startCore();
    porter = await attach(gate, "xmpp:porter");
  });
  afterEach(() => core[Symbol.asyncDispose]());

  const attach = (user: UserId, device: string): Promise<Session> =>
    core.sessions.attach({
      user,
      device: device as DeviceId,
      echo: "never",
      durable: false,
      rememberMs: 0,
      wake: () => undefined,
      ended: () => undefined,
    });
  const write = (author: UserId, body: string) =>
    core.router.sendOne({ conversation, author, device: "xmpp:x" as DeviceId, kind: "message", body });

  it("are nobody while nobody speaks for their host", async () => {
    await assert.rejects(write(alice, "hello?"), { code: "not-found" });
  });

  it("are written to, and heard by who speaks for their host", async () => {
    core.presence.announce(porter, { available: true });
    porter.take(10);

    await write(alice, "hello");

    await until(() => porter.waiting > 0);
    const [heard] = porter.take(10);
    assert.ok(heard?.event.type === "entry");
    assert.deepEqual([heard.event.author, heard.event.body], [alice, "hello"]);
  });

  it("write to accounts, which have it in their logs, and do not hear themselves", async () => {
    core.presence.announce(porter, { available: true });
    porter.take(10);
    const phone = await attach(alice, "xmpp:phone");
    await core.conversations.openInbox(phone, { rooms: false, from: "cursor" });

    await write(bot, "good day");

    await until(() => phone.waiting > 0);
    assert.equal(porter.waiting, 0);
    const [state] = await core.conversations.list(alice, 10);
    assert.equal(state?.conversation, conversation);
  });

  it("write to no account that is none, and are nobody again when their host has gone", async () => {
    core.presence.announce(porter, { available: true });
    await assert.rejects(
      core.router.sendOne({
        conversation: directOf(bot, localUser("nobody")),
        author: bot,
        device: "xmpp:x" as DeviceId,
        kind: "message",
        body: "hi",
      }),
      { code: "not-found" },
    );

    await core.sessions.detach(porter, false);

    await assert.rejects(write(alice, "still there?"), { code: "not-found" });
  });
});
