import assert from "node:assert/strict";
import { SuiteTime } from "../../../conformance/bounds.ts";
import { TimedOut } from "../../../conformance/clients/arrivals.ts";

const never = (): Promise<void> => new Promise(() => {});
const soon = async (): Promise<void> => {};

describe("the time a suite takes", () => {
  it("is bounded for a check that never ends, and for what it leaves open", async () => {
    const time = new SuiteTime({ checkMs: 20, closingMs: 20 });

    const failure = await time.spend(never, never);

    assert.ok(failure instanceof TimedOut);
  });

  it("gives what a check threw, and closes behind it", async () => {
    let closed = false;

    const failure = await new SuiteTime().spend(
      () => Promise.reject(new Error("broken")),
      async () => void (closed = true),
    );

    assert.match(String(failure), /broken/);
    assert.equal(closed, true);
  });

  it("is over when the first checks all ran out of time", async () => {
    const time = new SuiteTime({ checkMs: 5, firstChecks: 3 });

    const seen: (string | undefined)[] = [];
    for (let n = 0; n < 3; n++) {
      seen.push(time.over);
      await time.spend(never, soon);
    }

    assert.deepEqual(seen, [undefined, undefined, undefined]);
    assert.match(time.over!, /its first 3 checks all ran out of time/);
  });

  it("goes on when one of the first was answered, however many are not after it", async () => {
    const time = new SuiteTime({ checkMs: 5, firstChecks: 3 });

    for (const check of [never, soon, never, never, never, never]) await time.spend(check, soon);

    assert.equal(time.over, undefined);
  });

  it("is over after so many minutes", async () => {
    const time = new SuiteTime({ suiteMs: 0 });

    await time.spend(soon, soon);

    assert.match(time.over!, /stopped after 0 minutes/);
  });
});
