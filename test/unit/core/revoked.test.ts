import assert from "node:assert/strict";
import type { DeviceId, Fault, Session, UserId } from "#core";
import type { RunningCore } from "../../../src/create-core.ts";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange } from "../../../src/bus/memory/exchange.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";
import { ManualClock } from "../xmpp/fakes.ts";

const alice = localUser("alice");
const bob = localUser("bob");
const day = 24 * 60 * 60_000;

interface Attached {
  readonly session: Session;
  readonly ended: () => Fault | undefined;
}

async function attach(core: RunningCore, user: UserId, device: string, end?: number): Promise<Attached> {
  let fault: Fault | undefined;
  const session = await core.sessions.attach({
    user,
    device: `json:${device}` as DeviceId,
    until: end,
    echo: "never",
    durable: false,
    rememberMs: day,
    wake: () => undefined,
    ended: (why) => (fault = why),
  });
  return { session, ended: () => fault };
}

describe("a changed password", () => {
  let core: RunningCore;
  beforeEach(async () => (core = await startCore(["alice", "bob"])));
  afterEach(() => core[Symbol.asyncDispose]());

  it("ends the account's other sessions, and nobody else's", async () => {
    const [own, other, bobs] = [
      await attach(core, alice, "own"),
      await attach(core, alice, "other"),
      await attach(core, bob, "pad"),
    ];

    await core.accounts.changePassword(alice, "new", own.session);

    assert.equal(own.ended(), undefined);
    assert.equal(bobs.ended(), undefined);
    assert.deepEqual([other.ended()?.code, other.ended()?.ends], ["revoked", "connection"]);
    await core.sessions.detach(other.session, true);
    assert.ok((await attach(core, alice, "other")).session.known !== undefined, "its device is remembered");
  });

  it("ends all of them when it was changed from elsewhere", async () => {
    const sessions = [await attach(core, alice, "one"), await attach(core, alice, "two")];

    await core.accounts.changePassword(alice, "new");

    for (const { ended } of sessions) assert.equal(ended()?.code, "revoked");
  });

  it("is heard by other nodes, and spares the session that changed it there, too", async () => {
    const store = createMemoryStore();
    const exchange = createExchange();
    await using here = await startCore(["alice"], { store, bus: createMemoryBus(exchange) });
    await using there = await startCore([], { store, bus: createMemoryBus(exchange) });
    const [own, far] = [await attach(here, alice, "own"), await attach(there, alice, "far")];

    await here.accounts.changePassword(alice, "new", own.session);

    await until(() => far.ended() !== undefined);
    assert.equal(far.ended()?.code, "revoked");
    assert.equal(own.ended(), undefined);
  });

  it("is learnt by a node that was cut off, once it is back", async () => {
    const store = createMemoryStore();
    const exchange = createExchange();
    const bus = createMemoryBus(exchange);
    await using here = await startCore(["alice"], { store, bus: createMemoryBus(exchange) });
    await using there = await startCore([], { store, bus });
    const far = await attach(there, alice, "far");
    exchange.isolate(bus.node);
    await new Promise((resolve) => setTimeout(resolve, 2)); // so that the change is later than the login by the clock, too
    await here.accounts.changePassword(alice, "new");
    assert.equal(far.ended(), undefined);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const fresh = await attach(there, alice, "fresh");

    exchange.rejoin(bus.node);

    await until(() => far.ended() !== undefined);
    assert.deepEqual([far.ended()?.code, fresh.ended()], ["revoked", undefined]);
  });

  it("makes tokens given before worthless", async () => {
    const token = await core.accounts.issueToken(alice, day);
    assert.equal(await core.accounts.verifyToken(token), alice);

    await core.accounts.changePassword(alice, "new");

    await assert.rejects(core.accounts.verifyToken(token), { code: "unauthorized" });
    await assert.rejects(core.accounts.verify(alice, token), { code: "unauthorized" });
    assert.equal(await core.accounts.verifyToken(await core.accounts.issueToken(alice, day)), alice);
  });
});

describe("a session that leans on a token", () => {
  it("ends with it, not before, and however far off that is", async () => {
    const clock = new ManualClock();
    const core = await startCore(["alice"], { clock });
    const [soon, late, never] = [
      await attach(core, alice, "soon", clock.now() + 1000),
      await attach(core, alice, "late", clock.now() + 40 * day),
      await attach(core, alice, "never"),
    ];

    clock.advance(999);
    assert.equal(soon.ended(), undefined);
    clock.advance(1);
    assert.equal(soon.ended()?.code, "revoked");
    for (let n = 0; n < 39; n++) clock.advance(day);
    assert.equal(late.ended(), undefined);
    clock.advance(day);

    assert.equal(late.ended()?.code, "revoked");
    assert.equal(never.ended(), undefined);
    const disposed = core[Symbol.asyncDispose]();
    clock.advance(100);
    await disposed;
  });

  it("goes on when its client has logged in anew", async () => {
    const clock = new ManualClock();
    const core = await startCore(["alice"], { clock });
    const [longer, good] = [
      await attach(core, alice, "longer", clock.now() + 1000),
      await attach(core, alice, "good", clock.now() + 1000),
    ];

    core.sessions.extend(longer.session, clock.now() + 3000);
    core.sessions.extend(good.session, undefined);
    clock.advance(2999);
    assert.equal(longer.ended(), undefined);
    clock.advance(1);

    assert.equal(longer.ended()?.code, "revoked");
    assert.equal(good.ended(), undefined);
    const disposed = core[Symbol.asyncDispose]();
    clock.advance(100);
    await disposed;
  });

  it("has nothing left to end once it is gone", async () => {
    const clock = new ManualClock();
    const core = await startCore(["alice"], { clock });
    const { session, ended } = await attach(core, alice, "gone", clock.now() + 1000);

    await core.sessions.detach(session, true);
    clock.advance(2000);

    assert.equal(ended(), undefined);
    const disposed = core[Symbol.asyncDispose]();
    clock.advance(100);
    await disposed;
  });
});
