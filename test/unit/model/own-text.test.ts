import assert from "node:assert/strict";
import fc from "fast-check";
import { ownText } from "../../../src/model/own-text.ts";
import { keptBytes } from "../../support/kept-bytes.ts";

describe("a text of its own", () => {
  it("is the same text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => ownText(text) === text));
    assert.equal(ownText("\ud800 half a character, and more"), "\ud800 half a character, and more");
  });

  it("does not keep what it was cut out of", () => {
    const cut = (n: number): string => `${n}`.padEnd(100_000, "x").slice(0, 20);
    const cuts = Array.from({ length: 200 }, (_, n) => n);

    assert.ok(keptBytes(() => cuts.map(cut)) > 10_000_000, "the engine keeps them no more: this file may go");
    assert.ok(keptBytes(() => cuts.map((n) => ownText(cut(n)))) < 1_000_000);
  });
});
