import assert from "node:assert/strict";
import type { Session } from "../../../src/core.ts";
import type { Publication } from "../../../src/model/event.ts";
import { roomOf } from "../../../src/model/ids.ts";
import { until } from "../../../src/testing/until.ts";
import { alice, attach, bob, bodies, direct, inbox, lobby, say, twoNodes, type TwoNodes } from "./two-nodes.ts";

describe("a node that was cut off from the others, once it is back", () => {
  let nodes: TwoNodes;
  beforeEach(async () => {
    nodes = await twoNodes();
  });
  afterEach(async () => {
    await nodes[Symbol.asyncDispose]();
  });

  const cutOff = (): void => nodes.exchange.isolate(nodes.busOfTwo.node);
  const back = (): void => nodes.exchange.rejoin(nodes.busOfTwo.node);

  it("delivers the first message of a conversation that nobody told it of", async () => {
    const session = await inbox(nodes.two, bob, "b");
    cutOff();
    await say(nodes.one, "first");

    back();

    await until(() => session.waiting === 1);
    assert.deepEqual(bodies(session), ["first"]);
  });

  it("goes on in the conversations and rooms that it follows", async () => {
    await nodes.one.rooms.create(lobby, alice);
    await nodes.one.rooms.join(lobby, bob);
    const session = await inbox(nodes.two, bob, "b");
    for (const conversation of [direct, lobby]) await say(nodes.one, "before", conversation);
    await until(() => session.waiting === 2);
    cutOff();
    for (const conversation of [direct, lobby]) await say(nodes.one, "meanwhile", conversation);

    back();

    await until(() => session.waiting === 4);
    assert.deepEqual(bodies(session), ["before", "before", "meanwhile", "meanwhile"]);
  });

  it("knows who came into a room meanwhile, and who is in it no more", async () => {
    await nodes.one.rooms.create(lobby, alice);
    const [stays, leaves, comes] = [
      await attach(nodes.one, alice, "a1"),
      await attach(nodes.one, alice, "a2"),
      await attach(nodes.one, alice, "a3"),
    ];
    const [watcher, elsewhere] = [await attach(nodes.two, bob, "b1"), await attach(nodes.two, bob, "b2")];
    const there = (core: typeof nodes.one): string => core.rooms.occupants(lobby).map(({ device }) => device).sort().join(); // prettier-ignore
    for (const session of [stays, leaves]) await nodes.one.rooms.enter(session, lobby, { nick: "al" });
    for (const session of [watcher, elsewhere]) await nodes.two.rooms.enter(session, lobby, { nick: "bo" });
    await until(() => there(nodes.one) === "a1,a2,b1,b2" && there(nodes.two) === "a1,a2,b1,b2");
    cutOff();
    nodes.one.rooms.exit(leaves, lobby);
    await nodes.one.rooms.enter(comes, lobby, { nick: "al" });
    nodes.two.rooms.exit(elsewhere, lobby);

    back();

    await until(() => there(nodes.one) === "a1,a3,b1" && there(nodes.two) === "a1,a3,b1");
  });

  it("knows who is available, and who is no more", async () => {
    const [stays, leaves] = [await attach(nodes.one, alice, "a1"), await attach(nodes.one, alice, "a2")];
    const watcher = await attach(nodes.two, bob, "b");
    for (const session of [stays, leaves]) nodes.one.presence.announce(session, { available: true });
    nodes.two.presence.watch(watcher, alice);
    const known = (): string => nodes.two.presence.of(alice).map(({ device }) => device).sort().join(); // prettier-ignore
    await until(() => known() === "a1,a2");
    cutOff();
    nodes.one.presence.announce(leaves, { available: false });
    nodes.one.presence.announce(await attach(nodes.one, alice, "a3"), { available: true });

    back();

    await until(() => known() === "a1,a3");
  });

  it("does not take a room that was made anew for the one before", async () => {
    await nodes.one.rooms.create(lobby, alice);
    await nodes.one.rooms.join(lobby, bob);
    const session = await inbox(nodes.two, bob, "b");
    for (const body of ["1", "2", "3"]) await say(nodes.one, body, lobby);
    await until(() => session.waiting === 3);
    session.take(3);
    cutOff();
    await nodes.one.rooms.remove(lobby, alice);
    await new Promise((resolve) => setTimeout(resolve, 2)); // rooms are told apart by when they were made
    await nodes.one.rooms.create(lobby, alice);
    await nodes.one.rooms.join(lobby, bob);

    back();

    await until(async () => {
      await say(nodes.one, "anew", lobby);
      return bodies(session).includes("anew");
    });
  });

  it("knows who joined a room and who was shut out of one meanwhile", async () => {
    const closed = roomOf("closed", "localhost");
    for (const room of [lobby, closed]) await nodes.one.rooms.create(room, alice);
    await nodes.one.rooms.join(closed, bob);
    const session = await inbox(nodes.two, bob, "b");
    cutOff();
    await nodes.one.rooms.join(lobby, bob);
    await nodes.one.rooms.setAffiliation(closed, alice, bob, "outcast");

    back();

    await until(async () => {
      await say(nodes.one, "to members", lobby);
      return session.waiting > 0;
    });
    await say(nodes.one, "to members", closed);
    await say(nodes.one, "last", lobby);
    const got: (string | undefined)[] = [];
    await until(
      () => (
        got.push(
          ...session
            .take(100)
            .map(({ event }) => (event.type === "entry" ? `${event.conversation} ${event.body}` : "")),
        ),
        got.at(-1)?.endsWith("last") === true
      ),
    );
    assert.ok(!got.some((line) => line?.startsWith(closed)));
  });

  it("tells senders what was received and read meanwhile", async () => {
    const reader = await inbox(nodes.one, bob, "reader");
    const sender = await inbox(nodes.two, alice, "sender");
    await say(nodes.two, "seen?");
    await until(() => reader.waiting === 1 && sender.waiting === 1); // another device of hers sent it
    bodies(reader);
    bodies(sender);
    cutOff();
    nodes.one.conversations.read(reader, direct, 1);
    await until(async () => (await nodes.store.marks(direct)).some((marks) => marks.user === bob && marks.read === 1));

    back();

    await until(() => sender.waiting === 2);
    const told = sender.take(9).map(({ event }) => event.type === "receipt" && [event.user, event.mark, event.seq]);
    assert.deepEqual(told, [[bob, "delivered", 1], [bob, "read", 1]]); // prettier-ignore
  });

  it("queues for durable subscriptions that were made meanwhile, and not for those that ended", async () => {
    const [newcomer, leaver] = [
      await attach(nodes.one, bob, "new", { durable: true }),
      await attach(nodes.one, bob, "old", { durable: true }),
    ];
    await nodes.one.topics.subscribe(leaver, subscription("t"));
    await until(async () => (await publish(nodes, "warm-up"), (await queued(nodes, leaver)) > 0));
    cutOff();
    await nodes.one.topics.subscribe(newcomer, subscription("t"));
    await nodes.one.topics.unsubscribe(leaver, "t");

    back();

    await until(async () => {
      const before = await queued(nodes, leaver);
      await publish(nodes, "probe");
      return (await queued(nodes, newcomer)) > 0 && (await queued(nodes, leaver)) === before;
    });
    const [toNewcomer, toLeaver] = [await queued(nodes, newcomer), await queued(nodes, leaver)];
    await publish(nodes, "after");
    assert.deepEqual([await queued(nodes, newcomer), await queued(nodes, leaver)], [toNewcomer + 1, toLeaver]);
  });

  it("gives newcomers the retained messages of now", async () => {
    const old = Date.now() - 60_000;
    await retain(nodes, "replaced", "old", old);
    await retain(nodes, "deleted", "old", old);
    const probe = await attach(nodes.two, bob, "probe");
    cutOff();
    await retain(nodes, "replaced", "new", old + 1);
    await retain(nodes, "deleted", "", old + 1);

    back();

    await until(async () => {
      await nodes.two.topics.subscribe(probe, subscription("#"));
      const values = probe
        .take(9)
        .map(({ event }) => event.type === "publication" && [event.topic, Buffer.from(event.payload).toString()]);
      return JSON.stringify(values) === JSON.stringify([["replaced", "new"]]);
    });
  });
});

describe("when a node is gone", () => {
  it("the others deliver what it stored and did not come to announce", async () => {
    await using nodes = await twoNodes();
    const session = await inbox(nodes.two, bob, "b");
    nodes.exchange.trouble(() => "drop");
    await say(nodes.one, "last words");

    await nodes.busOfOne[Symbol.asyncDispose]();

    await until(() => session.waiting === 1);
    assert.deepEqual(bodies(session), ["last words"]);
  });
});

function subscription(filter: string) {
  return { filter, qos: 1 as const, noLocal: false, retainAsPublished: false, retainHandling: 0 as const };
}

/** How many subscriptions matched on the second node. */
function publish({ two }: TwoNodes, text: string, retain = false, topic = "t", at = Date.now()): Promise<number> {
  const publication: Publication = {
    type: "publication",
    host: "localhost",
    topic,
    payload: Buffer.from(text),
    qos: 1,
    retain,
    author: alice,
    device: "d" as never,
    at,
  };
  return new Promise((resolve, reject) => {
    two.topics.publish(
      publication,
      undefined,
      { published: (_, outcome) => (typeof outcome === "number" ? resolve(outcome) : reject(outcome)) },
      0,
    );
  });
}

async function retain(nodes: TwoNodes, topic: string, text: string, at: number): Promise<void> {
  await publish({ ...nodes, two: nodes.one }, text, true, topic, at);
}

async function queued({ store }: TwoNodes, { user, device }: Session): Promise<number> {
  return (await store.queued(user, device, 0, 1000)).length;
}
