import assert from "node:assert/strict";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange } from "../../../src/bus/memory/exchange.ts";
import type { Session } from "../../../src/core.ts";
import { createCore, type RunningCore } from "../../../src/create-core.ts";
import type { OccupantSignal } from "../../../src/model/event.ts";
import { type DeviceId, roomOf, type UserId } from "../../../src/model/ids.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import { localUser } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";
import { ManualClock } from "../xmpp/fakes.ts";

const [alice, bob] = [localUser("alice"), localUser("bob")];
const lobby = roomOf("lobby", "localhost");

describe("one nick that two nodes have given away", () => {
  let one: RunningCore;
  let two: RunningCore;
  let [early, late] = [new ManualClock(), new ManualClock()];
  beforeEach(async () => {
    const store = createMemoryStore();
    await store.start();
    const exchange = createExchange();
    [early, late] = [new ManualClock(), new ManualClock()];
    const node = (clock: ManualClock): Promise<RunningCore> =>
      createCore({ host: "localhost", store, bus: createMemoryBus(exchange), scramIterations: 16, clock });
    [one, two] = [await node(early), await node(late)];
    for (const user of [alice, bob]) await one.accounts.create(user, "secret");
    await one.rooms.create(lobby, alice);
  });
  afterEach(async () => {
    for (const core of [one, two]) await core[Symbol.asyncDispose]();
  });

  const attach = (core: RunningCore, user: UserId): Promise<Session> =>
    core.sessions.attach({
      user,
      device: "xmpp:x" as DeviceId,
      echo: "rooms",
      durable: false,
      rememberMs: 0,
      wake: () => undefined,
      ended: () => undefined,
    });
  const owner = (core: RunningCore): string =>
    core.rooms
      .occupants(lobby)
      .map(({ user }) => user)
      .join();

  it("stays with who had it, when another comes in at a node that has not heard of it", async () => {
    const [a, b] = [await attach(one, bob), await attach(two, alice)];
    await one.rooms.enter(a, lobby, { nick: "me" });
    late.advance(1000);

    await two.rooms.enter(b, lobby, { nick: "me" });

    await until(() => owner(one) === bob && owner(two) === bob);
    const told = b.take(9).map(({ event }) => event as OccupantSignal);
    assert.ok(told.some(({ user, cause }) => user === alice && cause?.what === "kicked"));
    assert.ok(!a.take(9).some(({ event }) => (event as OccupantSignal).user === bob));
  });

  it("is the same one's at both, when they came in at the same moment", async () => {
    const [a, b] = [await attach(one, bob), await attach(two, alice)];

    await Promise.all([one.rooms.enter(a, lobby, { nick: "me" }), two.rooms.enter(b, lobby, { nick: "me" })]);

    await until(() => owner(one) === alice && owner(two) === alice);
  });
});
