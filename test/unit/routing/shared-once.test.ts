import assert from "node:assert/strict";
import fc from "fast-check";
import type { Session } from "../../../src/core.ts";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { createCore, type RunningCore } from "../../../src/create-core.ts";
import { until } from "../../../src/testing/until.ts";
import { member, numberIn, publish } from "./share-members.ts";
import { twoNodes } from "./two-nodes.ts";

describe("a shared subscription of three nodes", () => {
  it("brings every message to exactly one acknowledgement, whoever joins, leaves, is cut or slow", async () => {
    const action = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant("publish" as const), on: fc.nat(2), qos: fc.constant(1 as const) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("come" as const), on: fc.nat(2), who: fc.nat(5) }) },
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
        await using bus = createMemoryBus(nodes.exchange);
        await using three = await createCore({ host: "localhost", store: nodes.store, bus, scramIterations: 16 });
        const cores = [nodes.one, nodes.two, three];
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
