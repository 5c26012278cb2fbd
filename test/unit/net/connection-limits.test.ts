import assert from "node:assert/strict";
import { ConnectionLimits } from "../../../src/net/connection-limits.ts";

describe("connection limits", () => {
  it("admit so many from one address, and as many from another", () => {
    const limits = new ConnectionLimits(10, 2);

    const answers = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"].map((address) => limits.admit(address));

    assert.deepEqual(answers, [true, true, false, true]);
  });

  it("admit again when one has gone", () => {
    const limits = new ConnectionLimits(10, 1);
    limits.admit("192.0.2.1");

    limits.release("192.0.2.1");

    assert.equal(limits.admit("192.0.2.1"), true);
  });

  it("bound loopback by the total only", () => {
    const limits = new ConnectionLimits(3, 1);

    const answers = ["127.0.0.1", "127.0.0.1", "::1", "::1"].map((address) => limits.admit(address));

    assert.deepEqual(answers, [true, true, true, false]);
  });
});
