import assert from "node:assert/strict";
import { Fault } from "../../../src/model/fault.ts";
import { Resync } from "../../../src/routing/resync.ts";
import { until } from "../../../src/testing/until.ts";

describe("catching up after a gap", () => {
  it("is tried again until the store answers", async () => {
    let runs = 0;
    const waits: (() => void)[] = [];
    const failures: unknown[] = [];
    const part = { resync: async () => void (++runs < 3 && fail()) };
    const clock = { now: () => 0, after: (_: number, call: () => void) => (waits.push(call), () => undefined) };

    new Resync([part], clock, (error) => failures.push(error)).due();
    await until(() => waits.length === 1);
    waits.shift()!();
    await until(() => waits.length === 1);
    waits.shift()!();

    await until(() => runs === 3);
    assert.equal(failures.length, 2);
    assert.deepEqual(waits, []);
  });

  it("is done once for all gaps before it begins, and once more for those during it", async () => {
    let runs = 0;
    let finish: () => void = () => undefined;
    const part = { resync: () => new Promise<void>((resolve) => ((finish = resolve), runs++)) };
    const resync = new Resync([part], { now: () => 0, after: () => () => undefined }, assert.ifError);

    for (let n = 0; n < 5; n++) resync.due();
    assert.equal(runs, 1);
    finish();
    await until(() => runs === 2);
    finish();
    await new Promise((resolve) => setImmediate(resolve));

    assert.equal(runs, 2);
  });
});

function fail(): never {
  throw new Fault("unavailable", "out of reach");
}
