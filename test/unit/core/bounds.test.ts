import assert from "node:assert/strict";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createExchange } from "../../../src/bus/memory/exchange.ts";
import type { Session } from "../../../src/core.ts";
import type { Publication } from "../../../src/model/event.ts";
import { Fault, type FaultCode } from "../../../src/model/fault.ts";
import type { DeviceId, UserId } from "../../../src/model/ids.ts";
import { refusals } from "../../../src/ops/refusals.ts";
import { QueueGauge } from "../../../src/routing/queue-gauge.ts";
import { createMemoryStore } from "../../../src/store/memory/index.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";
import { TestClock } from "../mqtt/harness.ts";
import { attach, publication, publish, subscription } from "./topic-talk.ts";

const alice = localUser("alice");
const bob = localUser("bob");

describe("bounds on topics", () => {
  it("refuse what has too many levels or bytes, and count it", async () => {
    await using core = await startCore(["alice"], { topicBounds: { levels: 3, bytes: 10 } });
    const a = await attach(core, alice);
    const before = refusals.topic.value;

    for (const topic of ["a/b/c/d", "///a", "x".repeat(11), "жжжжжж"]) {
      assert.equal(code(await publish(core, publication(a, topic))), "bad-request", topic);
      await assert.rejects(core.topics.subscribe(a, subscription(topic)));
    }

    assert.equal(refusals.topic.value, before + 8);
    assert.equal(await publish(core, publication(a, "a/b/c")), 0);
    await core.topics.subscribe(a, subscription("жжжжж"));
  });

  it("hold for retained messages by number and by bytes; those there may be replaced by no larger ones, and deleted", async () => {
    await using core = await startCore(["alice"], { retained: { messages: 2, bytes: 40 } });
    const a = await attach(core, alice);
    const retain = async (topic: string, size: number) =>
      code(await publish(core, { ...publication(a, topic), payload: Buffer.alloc(size, 1), retain: true }));

    assert.deepEqual(
      [await retain("t1", 8), await retain("t2", 8), await retain("t3", 8)],
      [undefined, undefined, "quota-exceeded"],
    );
    assert.deepEqual(
      [await retain("t1", 29), await retain("t1", 28), await retain("t2", 9)],
      ["quota-exceeded", undefined, "quota-exceeded"],
    );
    assert.deepEqual(
      [await retain("t2", 8), await retain("t1", 0), await retain("t3", 8)],
      [undefined, undefined, undefined],
    );
    assert.equal(core.topics.status().retained, 2);
  });

  it("hold for the queue of a session: new messages pass it by until it has taken some, and others get theirs", async () => {
    const clock = new TestClock();
    await using core = await startCore(["alice", "bob"], { maxQueued: 10, clock });
    const a = await attach(core, alice);
    let slow = await attach(core, bob, "slow", true);
    const other = await attach(core, bob, "other");
    for (const session of [slow, other]) await core.topics.subscribe(session, subscription("t"));
    await core.sessions.detach(slow, true);
    const before = refusals.queue.value;

    for (let n = 0; n < 30; n++) {
      await publish(core, publication(a, "t"));
      await turn();
    }
    assert.equal(other.take(99).length, 30);
    slow = await attach(core, bob, "slow", true);
    core.topics.openQueue(slow);
    await until(() => slow.waiting === 10);
    const owed = slow.take(99);
    assert.equal(owed.length, 10);
    assert.equal(refusals.queue.value - before, 20);

    for (const { terms } of owed) core.topics.settle(slow, terms!.queued!);
    await clock.advance(1001);
    for (let n = 0; n < 3; n++) {
      await publish(core, publication(a, "t"));
      await turn();
    }
    await until(() => slow.waiting === 2); // the first only made it look again
  });
});

describe("the gauge of a queue", () => {
  it("is full at its bytes, whatever their number, and empty again when they were taken", async () => {
    const clock = new TestClock();
    let oldest: number | undefined = 1;
    let asked = 0;
    const store = {
      queued: async () => (asked++, oldest === undefined ? [] : [{ position: oldest }]) as never,
    };
    const parts = { store, clock, maxQueued: 1000, maxQueuedBytes: 6400, failed: () => assert.fail("failed") };
    const gauge = new QueueGauge(parts, alice, "mqtt:d" as DeviceId);
    const note = async (from: number, to: number, bytes: number) => {
      for (let position = from; position <= to; position++) gauge.noted(position, bytes);
      await turn();
    };

    await note(1, 63, 100);
    assert.deepEqual([gauge.full, asked], [false, 0]);
    await note(64, 64, 100);
    assert.deepEqual([gauge.full, asked], [true, 1]);
    oldest = 40;
    await clock.advance(1000);
    gauge.skipped();
    await turn();
    assert.equal(gauge.full, false);
    await note(65, 102, 100);
    assert.equal(gauge.full, false);
    await note(103, 103, 100);
    assert.equal(gauge.full, true);
    oldest = undefined;
    await clock.advance(1000);
    gauge.skipped();
    await turn();
    assert.equal(gauge.full, false);
  });
});

describe("tenants", () => {
  it("keep their topics apart: live, retained and queued, over one store and one bus", async () => {
    const store = createMemoryStore();
    const exchange = createExchange();
    await using here = await startCore(["alice"], { store, bus: createMemoryBus(exchange) });
    const there = await startCore([], { store, bus: createMemoryBus(exchange), host: "elsewhere" });
    const eve = "eve@elsewhere" as UserId;
    await there.accounts.create(eve, "secret");
    const [a, e] = [await attach(here, alice, "d", true), await attach(there, eve, "d", true)];
    for (const [core, session] of [
      [here, a],
      [there, e],
    ] as const) {
      await core.topics.subscribe(session, subscription("#"));
      core.topics.openQueue(session);
    }
    const ours = { ...publication(a, "t"), payload: Buffer.from("ours"), retain: true };
    const theirs = { ...publication(e, "t"), host: "elsewhere", payload: Buffer.from("theirs"), retain: true };

    await publish(here, ours);
    await publish(there, theirs);
    await until(() => a.waiting === 1 && e.waiting === 1);

    assert.deepEqual([texts(a), texts(e)], [["ours"], ["theirs"]]);
    await using again = await startCore([], { store, bus: createMemoryBus(exchange) });
    const late = await attach(again, alice, "late");
    await again.topics.subscribe(late, subscription("#"));
    assert.deepEqual(texts(late), ["ours"]);
    await there[Symbol.asyncDispose]();
  });

  it("keep their accounts apart: a name of another host is nobody's here", async () => {
    const store = createMemoryStore();
    await using here = await startCore(["alice"], { store });
    await using there = await startCore([], { store, host: "elsewhere" });
    await there.accounts.create("alice@elsewhere" as UserId, "other");

    await assert.rejects(here.accounts.verify(alice, "other"));
    await assert.rejects(there.accounts.verify("alice@elsewhere" as UserId, "secret-alice"));
    const foreign = await there.accounts.issueToken("alice@elsewhere" as UserId, 60_000);
    await assert.rejects(here.accounts.verifyToken(foreign));
  });
});

function code(outcome: Fault | number): FaultCode | undefined {
  return outcome instanceof Fault ? outcome.code : undefined;
}

function texts(session: Session): string[] {
  return session.take(99).map(({ event }) => Buffer.from((event as Publication).payload).toString());
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
