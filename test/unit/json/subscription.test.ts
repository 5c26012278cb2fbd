import assert from "node:assert/strict";
import { accepted, asked, type Pair, parted, stranger } from "../../../protocols/json/subscription.ts";
import { alice, bob } from "./fakes.ts";

const strangers: Pair = { mine: stranger(alice, bob), theirs: stranger(bob, alice) };

describe("contact subscriptions (RFC 6121 §3)", () => {
  it("wait for the other's answer", () => {
    const { mine, theirs } = asked(strangers);

    assert.deepEqual([mine.ask, mine.subscription], [true, "none"]);
    assert.deepEqual([theirs.pendingIn, theirs.subscription], [true, "none"]);
  });

  it("begin when they are accepted, in one direction", () => {
    const { mine, theirs } = accepted(turned(asked(strangers)));

    assert.deepEqual([mine.owner, mine.subscription, mine.pendingIn], [bob, "from", false]);
    assert.deepEqual([theirs.owner, theirs.subscription, theirs.ask], [alice, "to", false]);
  });

  it("are mutual when both have asked and accepted", () => {
    const oneWay = accepted(turned(asked(strangers)));
    const { mine, theirs } = accepted(turned(asked(oneWay)));

    assert.deepEqual([mine.subscription, theirs.subscription], ["both", "both"]);
  });

  it("are not asked for again by who sees already", () => {
    const seen = turned(accepted(turned(asked(strangers))));

    assert.deepEqual(asked(seen), seen);
  });

  it("end for both at once", () => {
    const { mine, theirs } = parted(accepted(turned(asked(strangers))));

    assert.deepEqual([mine.subscription, theirs.subscription], ["none", "none"]);
  });
});

function turned({ mine, theirs }: Pair): Pair {
  return { mine: theirs, theirs: mine };
}
