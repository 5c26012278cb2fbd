import assert from "node:assert/strict";
import { Growth } from "../../fuzz/drift.ts";

const total = 100_000;

/** A run, with memory as it is told: after so many steps retained and resident. */
function run(retained: (n: number) => number, resident = retained, end = total): ReturnType<Growth["result"]> {
  const growth = new Growth(total);
  for (let n = 0; n < end; n += 100) {
    if (growth.due(n)) growth.note(n, { retained: retained(n), resident: resident(n) });
  }
  return growth.result();
}

describe("the drift of a fuzzer's run", () => {
  it("is that of the last tenth over the second one", () => {
    const { retained, resident } = run(
      (n) => 1_000_000 + n,
      () => 5,
    )!;

    assert.ok(Math.abs(retained.share - 0.07) < 0.01, `${retained.share}`);
    assert.equal(resident.share, 0);
  });

  it("heeds neither the warm-up nor a moment's peak", () => {
    const { retained } = run((n) => (n < total / 10 ? 1 : n === 95_000 || n === 15_000 ? 9_000 : 1_000))!;

    assert.equal(retained.share, 0);
  });

  it("is that of what was done when a run is ended early", () => {
    const { retained } = run((n) => 1_000 + n, undefined, total * 0.7)!;

    assert.ok(retained.from < 1_000 + 0.2 * 0.7 * total, `${retained.from}`);
    assert.ok(retained.to > 1_000 + 0.9 * 0.7 * total, `${retained.to}`);
  });

  it("is not known of a short one", () => {
    assert.equal(
      run(() => 1, undefined, total / 10),
      undefined,
    );
  });
});
