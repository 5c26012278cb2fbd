import assert from "node:assert/strict";
import { silent } from "../../../src/ops/log.ts";
import { SearchIndexer, type Slice } from "../../../src/store/search.ts";
import { TestClock } from "../mqtt/harness.ts";

describe("the search indexer", () => {
  it("takes no more than a tenth of the store's time, and rests when there is nothing left", async () => {
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

    indexer.wake();
    await clock.advance(60_000);

    assert.equal(times.length, 101);
    for (let n = 1; n < times.length; n++) assert.ok(times[n]! - times[n - 1]! >= 90);
    indexer.wake();
    indexer.wake();
    await clock.advance(1000);
    assert.equal(times.length, 102);
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

    indexer.wake();
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
    indexer.wake();
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
