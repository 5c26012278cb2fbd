import assert from "node:assert/strict";
import { silent } from "../../../src/ops/log.ts";
import { SearchIndexer, type Slice } from "../../../src/store/search.ts";
import { TestClock } from "../mqtt/harness.ts";

describe("the search indexer", () => {
  it("takes a third of the store's time while nothing is written, and rests when there is nothing left", async () => {
    const clock = new TestClock();
    let left = 100;
    const times: number[] = [];
    const indexer = new SearchIndexer(
      async (): Promise<Slice> => {
        times.push(clock.now());
        return { entries: left-- > 0 ? 500 : 0, ms: 10 };
      },
      clock,
      silent,
    );

    indexer.wake(1);
    await clock.advance(60_000);

    assert.equal(times.length, 101);
    for (let n = 1; n < times.length; n++) assert.ok(times[n]! - times[n - 1]! >= 23);
    indexer.wake(1);
    indexer.wake(1);
    await clock.advance(1000);
    assert.equal(times.length, 102);
  });

  it("takes little of it while the log grows", async () => {
    const clock = new TestClock();
    const times: number[] = [];
    const indexer: SearchIndexer = new SearchIndexer(
      async () => {
        times.push(clock.now());
        await Promise.resolve();
        indexer.wake(500);
        return { entries: 500, ms: 10 };
      },
      clock,
      silent,
    );

    indexer.wake(500);
    await clock.advance(10_000);

    for (let n = 1; n < times.length; n++) assert.ok(times[n]! - times[n - 1]! > 320, `${times[n]! - times[n - 1]!}`);
    assert.ok(times.length > 20);
    await indexer.stop();
  });

  it("catches up at once for a search, once for all that wait, but for what a search looks through itself", async () => {
    const clock = new TestClock();
    let left = 10_400;
    let slices = 0;
    const indexer = new SearchIndexer(
      async () => {
        slices++;
        const entries = Math.min(left, 500);
        left -= entries;
        return { entries, ms: 10 };
      },
      clock,
      silent,
    );

    await Promise.all([indexer.caughtUp(), indexer.caughtUp()]); // it knows of nothing yet
    assert.equal(left, 0);
    assert.equal(slices, 22); // the last finds nothing
    left = 10_000;
    indexer.wake(10_000);
    await indexer.caughtUp();
    assert.equal(left, 2000);
    await indexer.caughtUp();
    assert.equal(left, 2000);
    await indexer.stop();
  });

  it("lets a search go on when it takes too long, or fails", async () => {
    const clock = new TestClock();
    let calls = 0;
    const indexer = new SearchIndexer(
      async () => {
        if (++calls === 3) throw new Error("away");
        await clock.advance(1500);
        return { entries: 500, ms: 1500 };
      },
      clock,
      silent,
    );

    await indexer.caughtUp();
    assert.equal(calls, 2);
    await indexer.caughtUp();
    assert.equal(calls, 3);
  });

  it("goes on after a failure, later", async () => {
    const clock = new TestClock();
    let tries = 0;
    const indexer = new SearchIndexer(
      async () => {
        if (++tries === 1) throw new Error("away");
        return { entries: 0, ms: 1 };
      },
      clock,
      silent,
    );

    indexer.wake(1);
    await clock.advance(4000);
    assert.equal(tries, 1);
    await clock.advance(4000);
    assert.equal(tries, 2);
  });

  it("waits for the slice under way when it is stopped, and begins no other", async () => {
    const clock = new TestClock();
    let done: (slice: Slice) => void = () => undefined;
    let begun = 0;
    const indexer = new SearchIndexer(
      () => {
        begun++;
        return new Promise((resolve) => (done = resolve));
      },
      clock,
      silent,
    );
    indexer.wake(1);
    await clock.advance(1100);

    let stopped = false;
    const stopping = indexer.stop().then(() => (stopped = true));
    await clock.advance(10_000);
    assert.equal(stopped, false);
    done({ entries: 500, ms: 1 });
    await stopping;
    await clock.advance(10_000);

    assert.equal(begun, 1);
  });
});
