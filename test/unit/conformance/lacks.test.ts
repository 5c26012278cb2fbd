import assert from "node:assert/strict";
import { mayLack } from "../../../conformance/requirement.ts";

describe("what a target lacks", () => {
  it("is whatever the checks do not find, of a server that we know little of", () => {
    assert.equal(mayLack({}, "not offered: carbons"), true);
  });

  it("is what it says, of one that says so: no check of it skips itself for anything else", () => {
    const target = { lacks: ["not offered: carbons"] };

    assert.equal(mayLack(target, "not offered: carbons"), true);
    assert.equal(mayLack(target, "rooms are not locked"), false);
    assert.equal(mayLack({ lacks: [] }, "not offered: carbons"), false);
  });
});
