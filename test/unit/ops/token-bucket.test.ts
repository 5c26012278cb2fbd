import assert from "node:assert/strict";
import fc from "fast-check";
import { TokenBucket } from "../../../src/ops/token-bucket.ts";
import { TestClock } from "../mqtt/harness.ts";

describe("the token bucket", () => {
  it("lets through what is saved up, then as much as it earns", async () => {
    const clock = new TestClock();
    const bucket = new TokenBucket(clock, 10, 3);

    assert.deepEqual(
      [1, 2, 3, 4].map(() => bucket.take()),
      [true, true, true, false],
    );
    await clock.advance(100);
    assert.deepEqual([bucket.take(), bucket.take()], [true, false]);
    await clock.advance(60_000);
    assert.equal(bucket.full, true);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => bucket.take()),
      [true, true, true, false],
    );
  });

  it("says how long a debt takes to pay", async () => {
    const clock = new TestClock();
    const bucket = new TokenBucket(clock, 10);

    assert.equal(bucket.spend(10), 0);
    assert.equal(bucket.spend(5), 500);
    await clock.advance(499);
    assert.equal(bucket.spend(0), 1);
    await clock.advance(1);
    assert.equal(bucket.spend(0), 0);
  });

  it("lets no more through in any time than it saved and earned", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 20 })), { maxLength: 30 }),
        async (perSecond, steps) => {
          const clock = new TestClock();
          const bucket = new TokenBucket(clock, perSecond);
          const began = clock.now();
          let taken = 0;
          for (const [ms, tries] of steps) {
            await clock.advance(ms);
            for (let n = 0; n < tries; n++) if (bucket.take()) taken++;
            assert.ok(taken <= perSecond + (perSecond * (clock.now() - began)) / 1000 + 1e-6);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
