import assert from "node:assert/strict";
import { WriteBack } from "../../../../src/store/sqlite/write-back.ts";

interface Counter {
  readonly key: string;
  count: number;
}

function counters(capacity: number) {
  const stored = new Map<string, number>();
  let loads = 0;
  const cache = new WriteBack<Counter>({
    load: (key) => {
      loads += 1;
      return { key, count: stored.get(key) ?? 0 };
    },
    save: (row) => stored.set(row.key, row.count),
    capacity,
  });
  const bump = (key: string): void => {
    const row = cache.get(key);
    row.count += 1;
    cache.changed(key, row);
  };
  return { cache, stored, bump, loads: () => loads };
}

describe("a cache that writes back", () => {
  it("writes what changed once a transaction", () => {
    const { cache, stored, bump } = counters(10);

    bump("a");
    bump("a");
    const before = stored.get("a");
    cache.flush();

    assert.equal(before, undefined);
    assert.equal(stored.get("a"), 2);
  });

  it("forgets nothing that is not written, however many rows one transaction touches", () => {
    const { cache, stored, bump } = counters(3);

    for (let round = 0; round < 3; round++) for (let n = 0; n < 100; n++) bump(`key ${n}`);
    cache.flush();

    assert.equal(stored.size, 100);
    assert.ok([...stored.values()].every((count) => count === 3));
  });

  it("keeps what is used and drops what is not", () => {
    const { cache, loads } = counters(10);
    cache.get("often");

    for (let n = 0; n < 1000; n++) {
      cache.get(`once ${n}`);
      cache.get("often");
    }

    assert.equal(loads(), 1001);
    cache.get("once 0");
    assert.equal(loads(), 1002);
  });

  it("believes nothing that it held before a rollback", () => {
    const { cache, bump } = counters(10);
    bump("a");

    cache.clear();

    assert.equal(cache.get("a").count, 0);
    cache.flush();
  });
});
