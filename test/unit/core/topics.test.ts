import assert from "node:assert/strict";
import type { AttachOptions, Session } from "../../../src/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Delivery, Publication } from "../../../src/model/event.ts";
import { Fault } from "../../../src/model/fault.ts";
import type { DeviceId, OriginId } from "../../../src/model/ids.ts";
import { localUser, startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";

const alice = localUser("alice");
const bob = localUser("bob");

describe("plain topics", () => {
  let core: RunningCore;
  beforeEach(async () => {
    core = await startCore();
  });
  afterEach(() => core[Symbol.asyncDispose]());

  it("reach every matching subscription once, at the lower QoS", async () => {
    const [a, b] = [await attach(core, alice, "a"), await attach(core, bob, "b")];
    await core.topics.subscribe(b, subscription("plant/+/temp", 1));
    await core.topics.subscribe(b, subscription("plant/#", 0));

    assert.equal(await publish(core, publication(a, "plant/7/temp", "21", 2)), 1);

    const [delivery] = b.take(9);
    assert.equal(payload(delivery!), "21");
    assert.equal(delivery!.terms!.qos, 1);
  });

  it("keep a durable session's messages while it is away, in order, until it settles them", async () => {
    const a = await attach(core, alice, "a");
    let b = await attach(core, bob, "b", true);
    await core.topics.subscribe(b, subscription("t/#", 1));
    await core.sessions.detach(b, true);
    for (const value of ["1", "2", "3"]) await publish(core, publication(a, "t/x", value, 1));

    b = await attach(core, bob, "b", true);
    core.topics.openQueue(b);
    await until(() => b.waiting === 3);
    const first = b.take(9);
    core.topics.settle(b, first[0]!.terms!.queued!);
    await core.sessions.detach(b, true);
    b = await attach(core, bob, "b", true);
    core.topics.openQueue(b);
    await until(() => b.waiting === 2);

    assert.deepEqual(first.map(payload), ["1", "2", "3"]);
    assert.deepEqual(b.take(9).map(payload), ["2", "3"]);
  });

  it("forget what a device subscribed to when it attaches afresh, or after its time", async () => {
    for (const again of [{ fresh: true }, { fresh: false }]) {
      const a = await attach(core, alice, "a");
      const before = await attach(core, bob, "b", true);
      await core.topics.subscribe(before, subscription("t", 1));
      await core.sessions.detach(before, true, again.fresh ? 60_000 : 0);

      const b = await attach(core, bob, "b", true, again);

      assert.equal(b.known, undefined);
      assert.equal(await publish(core, publication(a, "t", "for nobody", 1)), 0);
      await core.sessions.detach(b, false);
    }
  });

  it("go on live once the queue is drained", async () => {
    const a = await attach(core, alice, "a");
    const b = await attach(core, bob, "b", true);
    core.topics.openQueue(b);
    await core.topics.subscribe(b, subscription("t", 2));
    for (const value of ["1", "2", "3"]) await publish(core, publication(a, "t", value, 2));
    await until(() => b.waiting === 3);
    assert.deepEqual(b.take(9).map(payload), ["1", "2", "3"]);
  });

  it("give newcomers the retained message, until it is deleted by an empty one", async () => {
    const [a, b] = [await attach(core, alice, "a"), await attach(core, bob, "b")];
    await publish(core, { ...publication(a, "t/1", "on", 1), retain: true });
    await publish(core, { ...publication(a, "t/2", "off", 1), retain: true });
    await publish(core, { ...publication(a, "t/2", "", 1), retain: true });

    await core.topics.subscribe(b, subscription("t/+", 1));

    const got = b.take(9);
    assert.deepEqual(got.map(payload), ["on"]);
    assert.equal(got[0]!.terms!.retain, true);
  });

  it("hear a publication named by an origin id once, until the name is released", async () => {
    const [a, b] = [await attach(core, alice, "a"), await attach(core, bob, "b")];
    await core.topics.subscribe(b, subscription("t", 2));
    const originId = "q2:a:5" as OriginId;

    await publish(core, publication(a, "t", "once", 2), originId);
    await publish(core, publication(a, "t", "once", 2), originId);
    await new Promise((resolve) => core.router.release(alice, originId, resolve));
    await publish(core, publication(a, "t", "again", 2), originId);

    assert.deepEqual(b.take(9).map(payload), ["once", "again"]);
  });

  it("skip the publisher's own subscription with noLocal", async () => {
    const a = await attach(core, alice, "a");
    await core.topics.subscribe(a, { ...subscription("t", 0), noLocal: true });
    assert.equal(await publish(core, publication(a, "t", "x", 0)), 0);
  });
});

async function attach(
  core: RunningCore,
  user: typeof alice,
  device: string,
  durable = false,
  more: Partial<AttachOptions> = {},
): Promise<Session> {
  return core.sessions.attach({
    user,
    device: device as DeviceId,
    echo: "rooms",
    durable,
    rememberMs: durable ? 60_000 : 0,
    wake: () => undefined,
    ended: () => undefined,
    ...more,
  });
}

function subscription(filter: string, qos: 0 | 1 | 2) {
  return { filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 as const };
}

function publication(session: Session, topic: string, value: string, qos: 0 | 1 | 2): Publication {
  return {
    type: "publication",
    host: "localhost",
    topic,
    payload: Buffer.from(value),
    qos,
    retain: false,
    author: session.user,
    device: session.device,
    at: Date.now(),
  };
}

function publish(core: RunningCore, message: Publication, originId?: OriginId): Promise<number> {
  return new Promise((resolve, reject) => {
    core.topics.publish(
      message,
      originId,
      { published: (_, outcome) => (outcome instanceof Fault ? reject(outcome) : resolve(outcome)) },
      0,
    );
  });
}

function payload({ event }: Delivery): string {
  return event.type === "publication" ? Buffer.from(event.payload).toString() : "";
}
