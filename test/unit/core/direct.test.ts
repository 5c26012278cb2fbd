import assert from "node:assert/strict";
import type { AttachOptions, Session } from "../../../src/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Delivery } from "../../../src/model/event.ts";
import { type DeviceId, directOf, type OriginId, roomOf } from "../../../src/model/ids.ts";
import { Fault } from "../../../src/model/fault.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";

const alice = localUser("alice");
const bob = localUser("bob");
const dm = directOf(alice, bob);

describe("a direct message", () => {
  let core: RunningCore;
  beforeEach(async () => {
    core = await startCore();
  });
  afterEach(() => core[Symbol.asyncDispose]());

  it("reaches the peer's open inbox in order, and is answered with its seq", async () => {
    const sender = await attach(core, alice, "a1");
    const receiver = await attach(core, bob, "b1");
    await core.conversations.openInbox(receiver, { rooms: false, from: "cursor" });

    const sent = await Promise.all(["one", "two", "three"].map((body) => core.router.sendOne(draft(sender, body))));
    await until(() => receiver.waiting === 3);

    assert.deepEqual(
      sent.map(({ envelope }) => envelope.seq),
      [1, 2, 3],
    );
    assert.deepEqual(bodies(receiver.take(10)), ["one", "two", "three"]);
  });

  it("waits for a peer that is away, and comes marked late", async () => {
    const sender = await attach(core, alice, "a1");
    await core.router.sendOne(draft(sender, "hello"));

    const receiver = await attach(core, bob, "b1");
    await core.conversations.openInbox(receiver, { rooms: false, from: "cursor" });
    await until(() => receiver.waiting === 1);

    const [delivery] = receiver.take(1);
    assert.equal(delivery!.late, true);
    assert.equal(delivery!.redelivered, false);
  });

  it("does not come again to a device that opens right behind another's acknowledgement", async () => {
    const sender = await attach(core, alice, "a1");
    const first = await attach(core, bob, "b1");
    await core.conversations.openInbox(first, { rooms: false, from: "cursor" });
    await core.router.sendOne(draft(sender, "once"));
    await until(() => first.waiting === 1);
    first.take(1);

    core.conversations.ack(first, dm, 1);
    const second = await attach(core, bob, "b2");
    const behind = await core.conversations.openInbox(second, { rooms: false, from: "cursor" });

    assert.deepEqual(behind, []);
    assert.equal(second.waiting, 0);
  });

  it("comes again, marked, to a device that did not acknowledge it, and not to one that did", async () => {
    const sender = await attach(core, alice, "a1");
    let receiver = await attach(core, bob, "b1");
    await core.conversations.openInbox(receiver, { rooms: false, from: "cursor" });
    for (const body of ["one", "two"]) await core.router.sendOne(draft(sender, body));
    await until(() => receiver.waiting === 2);
    receiver.take(2);
    core.conversations.ack(receiver, dm, 1);
    await core.sessions.detach(receiver, true);

    receiver = await attach(core, bob, "b1");
    await core.conversations.openInbox(receiver, { rooms: false, from: "cursor" });
    await until(() => receiver.waiting === 1);

    const [delivery] = receiver.take(1);
    assert.deepEqual(bodies([delivery!]), ["two"]);
    assert.equal(delivery!.redelivered, true);
  });

  it("comes marked when it was sent on catching up before, too", async () => {
    const sender = await attach(core, alice, "a1");
    await core.router.sendOne(draft(sender, "one"));
    const first = await attach(core, bob, "b1");
    await core.conversations.openInbox(first, { rooms: false, from: "cursor" });
    await until(() => first.waiting === 1);
    await core.sessions.detach(first, true);

    const second = await attach(core, bob, "b1");
    await core.conversations.openInbox(second, { rooms: false, from: "cursor" });
    await until(() => second.waiting === 1);

    assert.equal(second.take(1)[0]!.redelivered, true);
  });

  it("takes an acknowledgement of what the device says it had before it came", async () => {
    const sender = await attach(core, alice, "a1");
    await core.conversations.openInbox(sender, { rooms: false, from: "cursor" });
    for (const body of ["one", "two"]) await core.router.sendOne(draft(sender, body));
    const receiver = await attach(core, bob, "b1");

    await core.conversations.open(receiver, dm, 1);
    core.conversations.ack(receiver, dm, 1);
    await until(() => sender.waiting === 1 && receiver.waiting === 1);

    const [{ event: receipt }] = sender.take(1) as [Delivery];
    assert.deepEqual(receipt.type === "receipt" && [receipt.mark, receipt.seq], ["delivered", 1]);
    assert.deepEqual(bodies(receiver.take(2)), ["two"]);
  });

  it("is owed to a device that was sent it, also when another of the account's devices acknowledged it", async () => {
    const sender = await attach(core, alice, "a1");
    let [one, other] = [await attach(core, bob, "b1"), await attach(core, bob, "b2")];
    for (const session of [one, other]) await core.conversations.openInbox(session, { rooms: false, from: "cursor" });
    await core.router.sendOne(draft(sender, "hello"));
    await until(() => one.waiting === 1 && other.waiting === 1);
    for (const session of [one, other]) session.take(1);
    core.conversations.ack(one, dm, 1);
    await core.sessions.detach(other, true);

    other = await attach(core, bob, "b2");
    await core.conversations.openInbox(other, { rooms: false, from: "cursor" });
    await until(() => other.waiting === 1);

    assert.equal(other.take(1)[0]!.redelivered, true);
  });

  it("sends receipts back that only grow", async () => {
    const sender = await attach(core, alice, "a1");
    const receiver = await attach(core, bob, "b1");
    for (const session of [sender, receiver])
      await core.conversations.openInbox(session, { rooms: false, from: "cursor" });
    for (const body of ["one", "two"]) await core.router.sendOne(draft(sender, body));
    await until(() => receiver.waiting === 2);

    core.conversations.ack(receiver, dm, 2);
    core.conversations.ack(receiver, dm, 1);
    core.conversations.read(receiver, dm, 2);
    await until(() => sender.waiting === 2);

    const marks = sender.take(10).map(({ event }) => event.type === "receipt" && [event.mark, event.seq]);
    assert.deepEqual(marks, [
      ["delivered", 2],
      ["read", 2],
    ]);
  });

  it("is one message however often it is sent under one origin id, and a conflict under other content", async () => {
    const sender = await attach(core, alice, "a1");
    const originId = "o1" as OriginId;
    const first = await core.router.sendOne({ ...draft(sender, "once"), originId });

    const again = await core.router.sendOne({ ...draft(sender, "once"), originId });
    const other = core.router.sendOne({ ...draft(sender, "other"), originId });

    assert.equal(again.duplicate, true);
    assert.equal(again.envelope.mid, first.envelope.mid);
    await assert.rejects(other, (error) => error instanceof Fault && error.code === "conflict");
  });

  it("is refused for a peer that does not exist, in the order it was sent", async () => {
    const sender = await attach(core, alice, "a1");
    const lost = core.router.sendOne({ ...draft(sender, "x"), conversation: directOf(alice, localUser("nobody")) });
    await assert.rejects(lost, (error) => error instanceof Fault && error.code === "not-found");
  });

  it("falls back to the log when the outbox is full, and loses nothing", async () => {
    await using small = await startCore(["alice", "bob"], { outbox: { rows: 10, bytes: 1 << 20 } });
    const sender = await attach(small, alice, "a1");
    const receiver = await attach(small, bob, "b1");
    await small.conversations.openInbox(receiver, { rooms: false, from: "cursor" });

    await Promise.all(Array.from({ length: 100 }, (_, at) => small.router.sendOne(draft(sender, `${at}`))));
    assert.ok(receiver.waiting <= 10);
    const got: Delivery[] = [];
    await until(() => got.push(...receiver.take(7)) === 100);

    assert.deepEqual(
      bodies(got),
      Array.from({ length: 100 }, (_, at) => `${at}`),
    );
  });
});

describe("a room", () => {
  it("is heard by its joined members' inboxes, and by the device that spoke only if it wants its echo", async () => {
    await using core = await startCore();
    const lobby = roomOf("lobby", "localhost");
    await core.rooms.create(lobby, alice);
    for (const user of [alice, bob]) await core.rooms.join(lobby, user);
    const [a, b] = [await attach(core, alice, "a1", "rooms"), await attach(core, bob, "b1")];
    for (const session of [a, b]) await core.conversations.openInbox(session, { rooms: true, from: "cursor" });

    await core.router.sendOne({ ...draft(a, "hi all"), conversation: lobby });
    await core.router.sendOne({ ...draft(b, "hi alice"), conversation: lobby });
    await until(() => a.waiting === 2 && b.waiting === 1);

    assert.deepEqual(bodies(a.take(9)), ["hi all", "hi alice"]);
    assert.deepEqual(bodies(b.take(9)), ["hi all"]);
  });
});

async function attach(
  core: RunningCore,
  user: typeof alice,
  device: string,
  echo: AttachOptions["echo"] = "never",
): Promise<Session> {
  return core.sessions.attach({
    user,
    device: device as DeviceId,
    echo,
    durable: false,
    rememberMs: 60_000,
    wake: () => undefined,
    ended: () => undefined,
  });
}

function draft(session: Session, body: string) {
  return { conversation: dm, kind: "message" as const, author: session.user, device: session.device, body };
}

function bodies(deliveries: readonly Delivery[]): unknown[] {
  return deliveries.map(({ event }) => event.type === "entry" && event.body);
}
