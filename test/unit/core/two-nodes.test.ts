import assert from "node:assert/strict";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange, type Exchange } from "../../../src/bus/memory/exchange.ts";
import type { Session } from "../../../src/core.ts";
import { createCore, type RunningCore } from "../../../src/create-core.ts";
import type { ContactSignal, Delivery } from "../../../src/model/event.ts";
import type { Fault } from "../../../src/model/fault.ts";
import { type DeviceId, directOf, roomOf, type UserId } from "../../../src/model/ids.ts";
import type { Store } from "../../../src/store/store.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import { localUser } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";

const alice = localUser("alice");
const bob = localUser("bob");
const lobby = roomOf("lobby", "localhost");

describe("two nodes over one store", () => {
  let store: Store;
  let exchange: Exchange;
  let one: RunningCore;
  let two: RunningCore;
  beforeEach(async () => {
    store = createMemoryStore();
    await store.start();
    exchange = createExchange();
    const node = (): Promise<RunningCore> =>
      createCore({ host: "localhost", store, bus: createMemoryBus(exchange), scramIterations: 16 });
    [one, two] = [await node(), await node()];
    for (const user of [alice, bob]) await one.accounts.create(user, "secret");
  });
  afterEach(async () => {
    for (const core of [one, two]) await core[Symbol.asyncDispose]();
  });

  it("carry a direct message and its receipts across", async () => {
    const [a, b] = [await attach(one, alice, "a"), await attach(two, bob, "b")];
    await one.conversations.openInbox(a, { rooms: false, from: "cursor" });
    await two.conversations.openInbox(b, { rooms: false, from: "cursor" });

    await one.router.sendOne({
      conversation: directOf(alice, bob),
      kind: "message",
      author: alice,
      device: a.device,
      body: "hi",
    });
    await until(() => b.waiting === 1);
    b.take(1);
    two.conversations.ack(b, directOf(alice, bob), 1);
    await until(() => a.waiting === 1);

    assert.equal(a.take(1)[0]!.event.type, "receipt");
  });

  it("tell an account's sessions what changed in its contact list, though the news was lost", async () => {
    const bus = createMemoryBus(exchange);
    await using three = await createCore({ host: "localhost", store, bus });
    const a = await attach(three, alice, "a");
    await three.contacts.changes(alice, undefined);
    exchange.isolate(bus.node);
    await one.contacts.put({
      ...{ owner: alice, contact: bob, name: "Bob", groups: [] },
      ...{ subscription: "none", ask: false, pendingIn: false },
    });

    exchange.rejoin(bus.node);

    await until(() => a.waiting > 0);
    const news = a.take(9).map(({ event }) => event as ContactSignal);
    assert.deepEqual(
      news.map(({ name, line, version }) => [name, line?.name, version]),
      [["contact", "Bob", 1]],
    );
  });

  it("end the sessions of an account that is removed, on both, and collect nothing more for its devices", async () => {
    const ended: string[] = [];
    const end = (where: string) => (fault: Fault) => void ended.push(`${where} ${fault.code}`);
    await attach(one, bob, "here", false, end("one"));
    await attach(two, bob, "there", false, end("two"));
    const away = await attach(two, bob, "away", true);
    const terms = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
    await two.topics.subscribe(away, { filter: "t", ...terms });
    await two.sessions.detach(away, true);
    await attach(two, alice, "other");
    await until(() => one.topics.status().away === 1);

    await one.accounts.remove(bob);
    await until(() => ended.length === 2);

    assert.deepEqual(ended.toSorted(), ["one unauthorized", "two unauthorized"]);
    assert.deepEqual([one.topics.status().away, two.topics.status().away], [0, 0]);
    assert.deepEqual(
      [one, two].map((core) => core.sessions.of(bob).length),
      [0, 0],
    );
    assert.deepEqual([two.sessions.of(alice).length, await two.accounts.exists(bob)], [1, false]);
  });

  it("show a room's occupants of both, and their departure", async () => {
    await one.rooms.create(lobby, alice);
    const [a, b] = [await attach(one, alice, "a"), await attach(two, bob, "b")];
    await one.rooms.enter(a, lobby, { nick: "Alice" });
    await two.rooms.enter(b, lobby, { nick: "Bob" });
    await until(() => two.rooms.occupants(lobby).length === 2 && one.rooms.occupants(lobby).length === 2);
    await two.sessions.detach(b, false);
    await until(() => one.rooms.occupants(lobby).length === 1);

    const heard = a
      .take(9)
      .map(({ event }) => event.type === "signal" && event.name === "occupant" && [event.nick, event.present]);
    assert.deepEqual(heard, [
      ["Bob", true],
      ["Bob", false],
    ]);
  });

  it("show an account's presence to a watcher on the other, before and after it changes", async () => {
    const [a, b] = [await attach(one, alice, "a"), await attach(two, bob, "b")];
    two.presence.announce(b, { available: true, show: "away" });
    one.presence.watch(a, bob);
    await until(() => a.waiting === 1);
    two.presence.announce(b, { available: false });
    await until(() => a.waiting === 2);

    const heard = a
      .take(9)
      .map(({ event }) => event.type === "signal" && event.name === "presence" && [event.show, event.available]);
    assert.deepEqual(heard, [
      ["away", true],
      ["available", false],
    ]);
  });

  it("let a device be attached once: the newer session ends the older one on the other node", async () => {
    const ended: Fault[] = [];
    await attach(one, alice, "phone", false, (fault) => ended.push(fault));
    await attach(two, alice, "phone");
    await until(() => ended.length === 1);
    assert.equal(ended[0]!.code, "session-replaced");
  });

  it("deliver a publication to subscribers of both, and ring a durable one's queue", async () => {
    const [a, b, c] = [await attach(one, alice, "a"), await attach(two, bob, "b"), await attach(two, bob, "c", true)];
    two.topics.openQueue(c);
    for (const session of [b, c])
      await two.topics.subscribe(session, {
        filter: "t",
        qos: 1,
        noLocal: false,
        retainAsPublished: false,
        retainHandling: 0,
      });
    // A subscription is known to the other nodes a moment after its own node has answered.
    const publication = {
      type: "publication" as const,
      host: "localhost",
      topic: "t",
      payload: Buffer.from("x"),
      qos: 1 as const,
      retain: false,
      author: alice,
      device: a.device,
      at: 0,
    };
    const publish = (): void => one.topics.publish(publication, undefined, { published: () => undefined }, 0);
    await until(() => (publish(), b.waiting > 0 && c.waiting > 0));

    assert.ok(kindsOf(c.take(9)).every((kind) => kind === "publication"));
  });
});

function attach(
  core: RunningCore,
  user: UserId,
  device: string,
  durable = false,
  ended: (fault: Fault) => void = () => undefined,
): Promise<Session> {
  return core.sessions.attach({
    user,
    device: device as DeviceId,
    echo: "never",
    durable,
    rememberMs: 60_000,
    wake: () => undefined,
    ended,
  });
}

function kindsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ event }) => event.type);
}
