import assert from "node:assert/strict";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange } from "../../../src/bus/memory/exchange.ts";
import type { Session } from "../../../src/core.ts";
import { createCore, type RunningCore } from "../../../src/create-core.ts";
import { type DeviceId, roomOf, type UserId } from "../../../src/model/ids.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import { localUser } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";

const alice = localUser("alice");
const bob = localUser("bob");
const lobby = roomOf("lobby", "localhost");

describe("a room's membership, with inboxes open on two nodes", () => {
  let one: RunningCore;
  let two: RunningCore;
  beforeEach(async () => {
    const store = createMemoryStore();
    await store.start();
    const exchange = createExchange();
    const node = (): Promise<RunningCore> =>
      createCore({ host: "localhost", store, bus: createMemoryBus(exchange), scramIterations: 16 });
    [one, two] = [await node(), await node()];
    for (const user of [alice, bob]) await one.accounts.create(user, "secret");
  });
  afterEach(async () => {
    for (const core of [one, two]) await core[Symbol.asyncDispose]();
  });

  it("brings the room to every device of whoever joins, from then on", async () => {
    await one.rooms.create(lobby, alice);
    await say("before");
    const [here, there] = [await inbox(one, bob, "here"), await inbox(two, bob, "there")];

    await one.rooms.join(lobby, bob);
    await say("after");
    await until(() => here.waiting === 1);
    await until(() => there.waiting === 1);

    assert.deepEqual([here, there].map(bodiesOf), [["after"], ["after"]]);
  });

  it("ends with leaving, on every device", async () => {
    await one.rooms.create(lobby, alice);
    await one.rooms.join(lobby, bob);
    const [here, there, witness] = [
      await inbox(one, bob, "here"),
      await inbox(two, bob, "there"),
      await inbox(two, alice, "witness"),
    ];

    await two.rooms.leave(lobby, bob);
    await say("one");
    await until(() => witness.waiting === 1);
    await say("two");
    await until(() => witness.waiting === 2);

    assert.deepEqual([here, there].map(bodiesOf), [[], []]);
  });

  it("ends at once for an outcast, however the room was followed", async () => {
    await one.rooms.create(lobby, alice);
    const occupant = await attach(one, bob, "occupant");
    await one.conversations.open(occupant, lobby, "now");

    await one.rooms.setAffiliation(lobby, alice, bob, "outcast");
    await say("without bob");

    assert.deepEqual(bodiesOf(occupant), []);
  });

  async function say(body: string): Promise<void> {
    await one.router.sendOne({
      conversation: lobby,
      kind: "message",
      author: alice,
      device: "test:sender" as DeviceId,
      body,
    });
  }
});

async function inbox(core: RunningCore, user: UserId, device: string): Promise<Session> {
  const session = await attach(core, user, device);
  await core.conversations.openInbox(session, { rooms: true, from: "cursor" });
  return session;
}

function attach(core: RunningCore, user: UserId, device: string): Promise<Session> {
  return core.sessions.attach({
    ...{ user, device: `test:${device}` as DeviceId, echo: "never", durable: false, rememberMs: 60_000 },
    ...{ wake: () => undefined, ended: () => undefined },
  });
}

function bodiesOf(session: Session): unknown[] {
  return session.take(99).map(({ event }) => event.type === "entry" && event.body);
}
