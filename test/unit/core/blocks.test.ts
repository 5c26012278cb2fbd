import assert from "node:assert/strict";
import type { Session } from "../../../src/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Fault } from "../../../src/model/fault.ts";
import { type DeviceId, directOf } from "../../../src/model/ids.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";

const alice = localUser("alice");
const bob = localUser("bob");

describe("who is blocked", () => {
  let core: RunningCore;
  let hers: Session;
  let his: Session;

  beforeEach(async () => {
    core = await startCore(["alice", "bob"]);
    [hers, his] = [await attach("alice"), await attach("bob")];
  });
  afterEach(() => core[Symbol.asyncDispose]());

  it("cannot write to the account, as if there were none, nor the account to it", async () => {
    await say("bob", "alice");
    await core.blocks.block(alice, [bob], hers);

    await assert.rejects(say("bob", "alice"), { code: "not-found" });
    await assert.rejects(say("alice", "bob"), { code: "blocked" });
    assert.equal((await core.conversations.history(alice, directOf(alice, bob), 0, 9)).length, 1);

    await core.blocks.unblock(alice, [bob]);
    await until(() => core.blocks.peek(alice, bob) === false);
    await say("bob", "alice");
  });

  it("sees everybody of the account go, and come back", async () => {
    core.presence.watch(his, alice);
    core.presence.announce(hers, { available: true });
    await until(() => his.waiting > 0);
    const before = shown();

    await core.blocks.block(alice, [bob]);
    await until(() => his.waiting > 0);
    const blocked = shown();
    core.presence.announce(hers, { available: true, show: "away" });
    const hidden = his.waiting;
    await core.blocks.unblock(alice, undefined);
    await until(() => his.waiting > 0);

    assert.deepEqual([before, blocked, hidden, shown()], [[true], [false], 0, [true]]);
  });

  it("is heard neither typing nor in words of its own protocol", async () => {
    await core.conversations.openInbox(hers, { rooms: false, from: "now" });
    await core.blocks.block(alice, [bob]);
    await until(() => core.blocks.peek(alice, bob) === true);
    hers.take(9);

    core.signals.typing(his, directOf(alice, bob), "composing");
    const told = core.signals.relay(his, "xmpp", alice, undefined, "psst");

    assert.deepEqual([told, hers.waiting], [false, 0]);
  });

  it("may be a whole host, but never oneself", async () => {
    await core.blocks.block(alice, ["localhost"]);

    assert.equal(await core.blocks.blocks(alice, bob), true);
    assert.equal(await core.blocks.blocks(alice, alice), false);
    await assert.rejects(say("bob", "alice"), { code: "not-found" });
    await say("alice", "alice");
  });

  it("is news for every session of the account", async () => {
    const other = await attach("alice", "xmpp:laptop");

    await core.blocks.block(alice, [bob], hers);

    const news = other.take(9).map(({ event }) => event as unknown as Record<string, unknown>);
    assert.deepEqual(
      news.map(({ name, addresses, blocked, by }) => [name, addresses, blocked, by]),
      [["blocking", [bob], true, hers.id]],
    );
    assert.deepEqual(await core.blocks.list(alice), [bob]);
  });

  it("is forgotten with the account that blocked", async () => {
    await core.blocks.block(alice, [bob]);

    await core.accounts.remove(alice);
    await core.accounts.create(alice, "again");
    await until(() => core.blocks.peek(alice, bob) !== true);

    await say("bob", "alice");
  });

  function shown(): unknown[] {
    return his
      .take(9)
      .map(({ event }) => (event.type === "signal" && event.name === "presence" ? event.available : event));
  }

  async function say(from: string, to: string): Promise<void> {
    const [author, peer] = [localUser(from), localUser(to)];
    const device = "xmpp:phone" as DeviceId;
    await core.router.sendOne({ conversation: directOf(author, peer), kind: "message", author, device, body: "hark" });
  }

  function attach(name: string, device = "xmpp:phone"): Promise<Session> {
    return core.sessions.attach({
      ...{ user: localUser(name), device: device as DeviceId, echo: "never", durable: false, rememberMs: 0 },
      wake: () => undefined,
      ended: (_: Fault) => undefined,
    });
  }
});
