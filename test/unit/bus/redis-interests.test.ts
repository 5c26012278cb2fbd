import assert from "node:assert/strict";
import fc from "fast-check";
import { Interests } from "../../../src/bus/redis/interests.ts";

const head = ["{t}:members", "{t}", "n~1"] as const;

describe("interests of a node", () => {
  it("are in Redis as wanted once nothing is unsure, whatever failed on the way", async () => {
    const step = fc.record({
      key: fc.constantFrom("a", "b", "c", "d"),
      watch: fc.boolean(),
      sync: fc.boolean(),
      outcome: fc.constantFrom("done", "done", "answer lost", "not done", "lease gone"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const interests = new Interests();
        const wanted = new Set<string>();
        const inRedis = new Set<string>();
        const apply = (changes: readonly string[]): void => {
          for (const change of changes) inRedis[change.startsWith("+") ? "add" : "delete"](change.slice(1));
        };
        for (const { key, watch, sync, outcome } of steps) {
          interests[watch ? "watch" : "unwatch"](key);
          wanted[watch ? "add" : "delete"](key);
          if (!sync) continue;
          const busInterest = async (...[, , , ...changes]: unknown[]): Promise<number> => {
            if (outcome === "done" || outcome === "answer lost") apply(changes as string[]);
            if (outcome === "answer lost" || outcome === "not done") throw new Error(outcome);
            return outcome === "lease gone" ? 0 : 1;
          };
          await interests.sync({ busInterest }, head).catch(() => undefined);
        }

        while (interests.unsure) {
          await interests.sync(
            { busInterest: async (_m, _b, _s, ...changes) => (apply(changes as string[]), 1) },
            head,
          );
        }

        assert.deepEqual(inRedis, wanted);
        assert.equal(interests.registered, wanted.size);
      }),
    );
  });

  it("owe a gap when a watch ended without Redis knowing of it, and pay once", async () => {
    const interests = new Interests();
    interests.watch("k");
    const synced = interests.synced();
    await interests.sync({ busInterest: () => Promise.reject(new Error("out of reach")) }, head).catch(() => undefined);

    await synced;

    assert.deepEqual([interests.pay(), interests.pay()], [true, false]);
  });

  it("that change during a call are told in the next one", async () => {
    const interests = new Interests();
    const told: unknown[][] = [];
    interests.watch("k");
    await interests.sync(
      { busInterest: async (...[, , , ...changes]) => (told.push(changes), interests.unwatch("k"), 1) },
      head,
    );

    await interests.sync({ busInterest: async (...[, , , ...changes]) => (told.push(changes), 1) }, head);

    assert.deepEqual(told, [["+k"], ["-k"]]);
    assert.equal(interests.registered, 0);
  });
});
