import assert from "node:assert/strict";
import { shared } from "../../../src/ops/clock.ts";

const dayMs = 86_400_000;

describe("a timer's length", () => {
  it("is kept up to a minute, and beyond never shorter, nor longer by a hundredth", () => {
    for (let ms = 1; ms < 25 * dayMs; ms = Math.ceil(ms * 1.001)) {
      const length = shared(ms);
      assert.ok(length >= ms && length < ms * 1.01, `${ms}: ${length}`);
      if (ms <= 60_000) assert.equal(length, ms);
    }
  });

  it("is one of few beyond a minute, whatever is asked for (P7)", () => {
    const lengths = new Set<number>();
    for (let ms = 60_001; ms < dayMs; ms += 97) lengths.add(shared(ms));

    assert.ok(lengths.size < 2_000, `${lengths.size} lengths`);
  });
});
