import assert from "node:assert/strict";
import fc from "fast-check";
import type { Session } from "../../../src/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Publication } from "../../../src/model/event.ts";
import { Fault } from "../../../src/model/fault.ts";
import { until } from "../../../src/testing/until.ts";
import { alice, attach, bob, twoNodes } from "./two-nodes.ts";

const share = "$share/workers/job/#";
type Qos = 0 | 1 | 2;

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

  it("brings every message to exactly one acknowledgement, whoever joins, leaves, is cut or slow", async () => {
    const action = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant("publish" as const), on: fc.nat(1), qos: fc.constant(1 as const) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("come" as const), on: fc.nat(1), who: fc.nat(5) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("cut" as const), who: fc.nat(5), keep: fc.boolean() }) },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant("work" as const), who: fc.nat(5), take: fc.nat(4), settle: fc.nat(4) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("rest" as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 60 }), async (actions) => {
        await using nodes = await twoNodes();
        const cores = [nodes.one, nodes.two];
        const workers = new Map<number, Worker>();
        const done: number[] = [];
        // One that is never forgotten, so that there is always somebody to keep what is published.
        await nodes.one.sessions.detach(await member(nodes.one, "keeper", true), true);
        let published = 0;
        for (const one of actions) {
          if (one.do === "publish") await publish(cores[one.on]!, published++, one.qos);
          else if (one.do === "rest") await new Promise((resolve) => setTimeout(resolve, 2));
          else if (one.do === "come" && !workers.has(one.who)) {
            const core = cores[one.on]!;
            workers.set(one.who, { core, session: await member(core, `w${one.who}`, one.who % 2 === 0), open: [] });
          } else if (one.do === "cut" && workers.has(one.who)) {
            const { core, session } = workers.get(one.who)!;
            workers.delete(one.who);
            await core.sessions.detach(session, one.keep && one.who % 2 === 0);
          } else if (one.do === "work" && workers.has(one.who)) work(workers.get(one.who)!, one, done);
        }
        for (const [who, { core, session }] of workers) await core.sessions.detach(session, who % 2 === 0);
        const last: Worker = { core: nodes.one, session: await member(nodes.one, "keeper", true), open: [] };
        await until(() => (work(last, { take: 99, settle: 99 }, done), done.length >= published));
        await new Promise((resolve) => setTimeout(resolve, 5));
        work(last, { take: 99, settle: 99 }, done);

        assert.deepEqual(
          done.sort((a, b) => a - b),
          Array.from({ length: published }, (_, n) => n),
        );
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }).timeout(60_000);
});

interface Worker {
  readonly core: RunningCore;
  readonly session: Session;
  readonly open: { readonly n: number; readonly queued: number }[];
}

function work(
  { core, session, open }: Worker,
  { take, settle }: { take: number; settle: number },
  done: number[],
): void {
  for (const { event, terms } of session.take(take))
    if (event.type === "publication") open.push({ n: numberIn(event), queued: terms!.queued! });
  for (const { n, queued } of open.splice(0, settle)) {
    done.push(n);
    core.topics.settle(session, queued);
  }
}

async function member(core: RunningCore, device: string, durable = false, qos: Qos = 1): Promise<Session> {
  const session = await attach(core, bob, device, { durable, rememberMs: durable ? 60_000 : 0, settles: true });
  coreOf.set(session, core);
  if (durable) core.topics.openQueue(session);
  if (!core.topics.subscriptionsOf(session).some(({ filter }) => filter === share))
    await core.topics.subscribe(session, subscription(share, qos));
  return session;
}

function subscription(filter: string, qos: Qos, id?: number) {
  return { filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 as const, id };
}

/** Numbers of what waits; takes it, and acknowledges it if asked to. */
function taken(session: Session, settle?: true): number[] {
  return session.take(9999).map(({ event, terms }) => {
    if (settle) coreOf.get(session)?.topics.settle(session, terms!.queued!);
    return numberIn(event as Publication);
  });
}

const coreOf = new WeakMap<Session, RunningCore>();

function numberIn({ payload }: Publication): number {
  return Number(Buffer.from(payload).toString());
}

function publish(core: RunningCore, n: number, qos: Qos = 1): Promise<number> {
  const publication: Publication = {
    type: "publication",
    host: "localhost",
    topic: "job/x",
    payload: Buffer.from(String(n)),
    qos,
    retain: false,
    author: alice,
    device: "d" as never,
    at: Date.now(),
  };
  return new Promise((resolve, reject) => {
    const published = (_: number, outcome: Fault | number) =>
      outcome instanceof Fault ? reject(outcome) : resolve(outcome);
    core.topics.publish(publication, undefined, { published }, 0);
  });
}
