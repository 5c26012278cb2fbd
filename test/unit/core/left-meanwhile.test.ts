import assert from "node:assert/strict";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange } from "../../../src/bus/memory/exchange.ts";
import type { Session } from "../../../src/core.ts";
import { createCore, type RunningCore } from "../../../src/create-core.ts";
import { type DeviceId, roomOf, type UserId } from "../../../src/model/ids.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import { localUser } from "../../../src/testing/core.ts";

const [alice, bob] = [localUser("alice"), localUser("bob")];
const lobby = roomOf("lobby", "localhost");

// What a client asked for may be about to be done when its session ends: nothing would undo it later.
describe("a session that ends while it is served", () => {
  let core: RunningCore;
  beforeEach(async () => {
    const store = createMemoryStore();
    await store.start();
    core = await createCore({ host: "localhost", store, bus: createMemoryBus(createExchange()), scramIterations: 16 });
    for (const user of [alice, bob]) await core.accounts.create(user, "secret");
    await core.rooms.create(lobby, alice);
  });
  afterEach(() => core[Symbol.asyncDispose]());

  const attach = (user: UserId): Promise<Session> =>
    core.sessions.attach({
      user,
      device: "xmpp:x" as DeviceId,
      echo: "rooms",
      durable: false,
      rememberMs: 0,
      wake: () => undefined,
      ended: () => undefined,
    });

  it("is in no room", async () => {
    const session = await attach(alice);

    const entering = core.rooms.enter(session, lobby, { nick: "me" });
    const left = core.sessions.detach(session, false);

    await assert.rejects(entering, { code: "unavailable" });
    await left;
    assert.deepEqual(core.rooms.occupants(lobby), []);
  });

  it("is not replaced by itself in a room when the device came back", async () => {
    const before = await attach(alice);
    const entering = core.rooms.enter(before, lobby, { nick: "before" });
    const [after] = await Promise.all([attach(alice), entering.catch(() => undefined)]);

    await core.rooms.enter(after, lobby, { nick: "after" });

    assert.deepEqual(
      core.rooms.occupants(lobby).map(({ nick }) => nick),
      ["after"],
    );
  });

  it("is not available, and watches nobody", async () => {
    const [session, other] = [await attach(alice), await attach(bob)];
    await core.sessions.detach(session, false);

    core.presence.announce(session, { available: true });
    core.presence.watch(session, bob);
    core.presence.announce(other, { available: true });

    assert.deepEqual(core.presence.of(alice), []);
    assert.equal(core.presence.unwatch(session, bob), false);
  });

  it("subscribes to nothing", async () => {
    const session = await attach(alice);
    await core.sessions.detach(session, false);

    const subscribing = core.topics.subscribe(session, { filter: "a/#", qos: 0 } as never);

    await assert.rejects(subscribing, { code: "unavailable" });
    assert.deepEqual(core.topics.subscriptionsOf(session), []);
  });
});
