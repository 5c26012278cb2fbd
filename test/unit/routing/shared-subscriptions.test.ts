import assert from "node:assert/strict";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createCore } from "../../../src/create-core.ts";
import type { Fault } from "../../../src/model/fault.ts";
import type { OriginId } from "../../../src/model/ids.ts";
import { until } from "../../../src/testing/until.ts";
import { member, publish, share, subscription, taken } from "./share-members.ts";
import { attach, bob, twoNodes } from "./two-nodes.ts";

describe("a shared subscription", () => {
  it("gives each message to one member, and to others than who has most waiting", async () => {
    await using nodes = await twoNodes();
    const [quick, slow] = [await member(nodes.one, "quick"), await member(nodes.one, "slow")];

    for (let n = 0; n < 20; n++) {
      await publish(nodes.one, n);
      taken(quick, true);
    }

    assert.ok(taken(slow).length <= 2);
  });

  it("counts as no subscription of its own: what else a session subscribes to it gets besides", async () => {
    await using nodes = await twoNodes();
    const one = await member(nodes.one, "one");
    await nodes.one.topics.subscribe(one, subscription("job/+", 1, 7));

    await publish(nodes.one, 1);

    const ids = one.take(9).map(({ terms }) => terms!.subscriptionIds);
    assert.deepEqual(ids, [[7], undefined]);
  });

  it("passes over members that are away while one is there, and keeps it for one of them when nobody is", async () => {
    await using nodes = await twoNodes();
    const [away, here] = [await member(nodes.one, "away", true), await member(nodes.one, "here", true)];
    await nodes.one.sessions.detach(away, true);
    for (const n of [1, 2, 3]) await publish(nodes.one, n);
    await until(() => here.waiting === 3);
    taken(here, true);

    await nodes.one.sessions.detach(here, true);
    for (const n of [4, 5]) await publish(nodes.one, n);
    const back = await member(nodes.one, "away", true);

    await until(() => back.waiting === 2);
    assert.deepEqual(taken(back).sort(), [4, 5]);
  });

  it("hands on what a member was sent and did not acknowledge; at QoS 2 what it was not sent [MQTT-4.8.2-5]", async () => {
    for (const durable of [false, true]) {
      await using nodes = await twoNodes();
      const failing = await member(nodes.one, "failing", durable, 2);
      await publish(nodes.one, 1, 1);
      await publish(nodes.one, 2, 2);
      await until(() => failing.waiting === 2);
      failing.take(9);
      await publish(nodes.one, 3, 2);
      await until(() => failing.waiting === 1);
      const other = await member(nodes.one, "other", durable, 2);

      await nodes.one.sessions.detach(failing, false);

      await until(() => other.waiting === 2);
      assert.deepEqual(taken(other).sort(), [1, 3], `durable ${durable}`);
    }
  });

  it("does so when the member is replaced by a new session of its device", async () => {
    for (const fresh of [false, true]) {
      await using nodes = await twoNodes();
      await nodes.one.sessions.detach(await member(nodes.one, "keeper", true), true);
      const replaced = await member(nodes.one, "replaced", false, 2);
      await publish(nodes.one, 1, 1);
      await publish(nodes.one, 2, 2);
      replaced.take(9);
      await publish(nodes.one, 3, 2);
      const other = await member(nodes.one, "other", false, 2);

      await attach(nodes.one, bob, "replaced", { rememberMs: 0, fresh });

      await until(() => other.waiting >= 2);
      assert.deepEqual(taken(other).sort(), [1, 3], `fresh ${fresh}`);
    }
  });

  it("lets the session that was sent a QoS 2 message complete it when it comes back [MQTT-4.8.2-4]", async () => {
    await using nodes = await twoNodes();
    const before = await member(nodes.one, "d", true, 2);
    for (const [n, qos] of [
      [1, 1],
      [2, 2],
    ] as const)
      await publish(nodes.one, n, qos);
    await until(() => before.waiting === 2);
    before.take(9);
    const other = await member(nodes.one, "other", true, 2);

    await nodes.one.sessions.detach(before, true);
    await until(() => other.waiting === 1);
    const back = await member(nodes.one, "d", true, 2);
    await until(() => back.waiting === 1);

    assert.deepEqual([taken(other), taken(back)], [[1], [2]]);
  });

  it("keeps what nobody who is here could keep for one who is away", async () => {
    await using nodes = await twoNodes();
    await nodes.one.sessions.detach(await member(nodes.one, "keeper", true), true);
    const brief = await member(nodes.one, "brief");
    for (const n of [1, 2, 3]) await publish(nodes.one, n);
    await until(() => brief.waiting === 3);
    const [first] = brief.take(1);
    nodes.one.topics.settle(brief, first!.terms!.queued!);

    await nodes.one.sessions.detach(brief, false);
    const keeper = await member(nodes.one, "keeper", true);

    await until(() => keeper.waiting === 2);
    assert.deepEqual(taken(keeper).sort(), [2, 3]);
  });

  it("goes round among members of both nodes, wherever a message is published", async () => {
    await using nodes = await twoNodes();
    for (const durable of [false, true]) {
      const [here, there] = [
        await member(nodes.one, `here${durable}`, durable),
        await member(nodes.two, `there${durable}`, durable),
      ];
      for (let n = 0; n < 20; n++) await publish(n % 2 === 0 ? nodes.one : nodes.two, n);
      await until(() => here.waiting + there.waiting === 20);

      assert.deepEqual(
        [...taken(here, true), ...taken(there, true)].sort((a, b) => a - b),
        Array.from({ length: 20 }, (_, n) => n),
      );
      assert.ok(here.waiting === 0 && there.waiting === 0);
      for (const [core, session] of [
        [nodes.one, here],
        [nodes.two, there],
      ] as const)
        await core.sessions.detach(session, false);
    }
  });

  it("hands what a killed node's members were sent to a member of another", async () => {
    await using nodes = await twoNodes();
    const dead = await member(nodes.two, "dead", true);
    for (const n of [1, 2, 3]) await publish(nodes.one, n);
    await until(() => dead.waiting === 3);
    const other = await member(nodes.one, "other", true);

    await nodes.busOfTwo[Symbol.asyncDispose]();

    await until(() => other.waiting === 3);
    assert.deepEqual(taken(other).sort(), [1, 2, 3]);
  });

  it("gives a device that is back, on either node, once what was on its way to its session before", async () => {
    for (const where of ["one", "two"] as const) {
      await using nodes = await twoNodes();
      await nodes.one.sessions.detach(await member(nodes.one, "keeper", true), true);
      const before = await member(nodes.two, "brief");
      await publish(nodes.one, 1); // two hears of it when the keeper has it already
      await nodes.two.sessions.detach(before, false);

      const back = await member(nodes[where], "brief");
      await until(() => back.waiting > 0);
      const first = taken(back, true);
      await nodes[where].sessions.detach(back, false);
      await publish(nodes.one, 2);
      const keeper = await member(nodes.one, "keeper", true);

      await until(() => keeper.waiting > 0);
      assert.deepEqual([first, taken(keeper)], [[1], [2]], where);
    }
  });

  it("lets a member that is back have what waits for it once no node gives that to others any more", async () => {
    await using nodes = await twoNodes();
    await nodes.one.sessions.detach(await member(nodes.one, "keeper", true), true);
    await publish(nodes.one, 1);
    nodes.exchange.trouble((from) => (from === nodes.busOfOne.node ? 20 : "deliver"));

    const keeper = await member(nodes.one, "keeper", true);
    const other = await member(nodes.two, "other"); // two has not heard of the keeper
    await until(() => other.waiting === 1);
    nodes.exchange.trouble(undefined);
    await publish(nodes.two, 2);

    await until(() => keeper.waiting === 1);
    assert.deepEqual([taken(other), taken(keeper)], [[1], [2]]);
  });

  it("leaves a member that unsubscribes what it was given, wherever others come [MQTT-3.10.4-3]", async () => {
    for (const where of ["one", "two"] as const) {
      await using nodes = await twoNodes();
      await nodes.one.sessions.detach(await member(nodes.one, "keeper", true), true);
      const leaving = await member(nodes.one, "leaving", false, 2);
      await publish(nodes.one, 1, 2);
      const given = taken(leaving);
      await nodes.one.topics.unsubscribe(leaving, share);

      const other = await member(nodes[where], "other", false, 2);
      await publish(nodes.one, 2, 2);
      await until(() => other.waiting > 0);
      const meanwhile = taken(other);

      assert.deepEqual([given, meanwhile], [[1], [2]], where);
    }
  });

  it("gives a message once where every node has a device of the member's account", async () => {
    for (const durable of [false, true]) {
      await using nodes = await twoNodes();
      await using bus = createMemoryBus(nodes.exchange);
      await using three = await createCore({ host: "localhost", store: nodes.store, bus, scramIterations: 16 });
      // With a durable member in the group what the others get is stored, too.
      if (durable) await nodes.one.sessions.detach(await member(nodes.one, "keeper", true), true);
      const workers = [await member(nodes.two, "there"), await member(three, "yonder")];
      for (const n of [1, 2, 3, 4]) await publish(nodes.one, n);
      const seen = () => workers.reduce((sum, { waiting }) => sum + waiting, 0);
      await until(() => seen() >= 4);
      await member(nodes.one, "last"); // what the others say on the way is heard when they have answered

      assert.deepEqual(workers.flatMap((worker) => taken(worker)).sort(), [1, 2, 3, 4], `durable ${durable}`);
    }
  });

  it("gives another what its member left before the origin id was known to be new", async () => {
    await using nodes = await twoNodes();
    const [leaving, staying] = [
      await member(nodes.one, "leaving", false, 2),
      await member(nodes.one, "staying", false, 2),
    ];
    const published = [1, 2].map((n) => publish(nodes.one, n, 2, `q2:d:${n}` as OriginId)); // one for each
    await nodes.one.sessions.detach(leaving, false);
    await Promise.all(published);

    await until(() => staying.waiting === 2);
    assert.deepEqual(taken(staying).sort(), [1, 2]);
  });

  it("takes for acknowledged what was taken, where a front-end tells of no acknowledgements", async () => {
    await using nodes = await twoNodes();
    for (const durable of [false, true]) {
      // With a durable member in the group what the others get is stored, too.
      if (durable) await nodes.one.sessions.detach(await member(nodes.one, "keeper", true), true);
      const session = await attach(nodes.one, bob, "json", { rememberMs: 0 });
      await nodes.one.topics.subscribe(session, subscription(share, 1));
      for (const n of [1, 2, 3]) await publish(nodes.one, n);
      await until(() => session.waiting === 3);
      const seen = taken(session).slice(0, 3);
      await publish(nodes.one, 4);
      await until(() => session.waiting === 1);
      const other = await member(nodes.one, "other");

      await nodes.one.sessions.detach(session, false);

      await until(() => other.waiting === 1);
      assert.deepEqual([seen, taken(other, true)], [[1, 2, 3], [4]]);
      await nodes.one.sessions.detach(other, false);
    }
  });

  it("refuses what no member has room for and nobody can keep", async () => {
    await using nodes = await twoNodes();
    await member(nodes.one, "one");
    let refused: unknown;
    for (let n = 0; n < 3000 && refused === undefined; n++)
      await publish(nodes.one, n).catch((error: unknown) => (refused = error));
    assert.equal((refused as Fault).code, "quota-exceeded");
  });
});
