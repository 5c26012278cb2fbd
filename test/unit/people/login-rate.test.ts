import assert from "node:assert/strict";
import { LoginRate } from "../../../src/people/login-rate.ts";
import { TestClock } from "../mqtt/harness.ts";

describe("the rate of logins", () => {
  it("is for each address, with ten seconds' worth at once", async () => {
    const clock = new TestClock();
    const rate = new LoginRate({ perSecond: 2, exempt: (remote) => remote === "127.0.0.1" }, clock);

    const admitted = (remote: string) => Array.from({ length: 25 }, () => rate.admits(remote)).filter(Boolean).length;
    assert.deepEqual([admitted("192.0.2.1"), admitted("192.0.2.2"), admitted("127.0.0.1")], [20, 20, 25]);
    await clock.advance(1000);

    assert.equal(admitted("192.0.2.1"), 2);
  });

  it("is none when it is 0", () => {
    const rate = new LoginRate({ perSecond: 0, exempt: () => false }, new TestClock());

    assert.ok(Array.from({ length: 1000 }, () => rate.admits("192.0.2.1")).every(Boolean));
  });
});
