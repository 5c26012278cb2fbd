import assert from "node:assert/strict";
import fc from "fast-check";
import { fromText, toJson, toText } from "../../../../src/store/postgres/text.ts";

const awkward = fc.string({ unit: fc.constantFrom("\u0000", "\u001a", "0", "1", "a", "\\", "u", '"', "𝄞", "\n") });

describe("text for PostgreSQL", () => {
  it("holds any string but U+0000, which it never does itself", () => {
    fc.assert(
      fc.property(fc.oneof(awkward, fc.string()), (text) => {
        assert.equal(fromText(toText(text)), text);
        assert.ok(!toText(text).includes("\u0000"));
      }),
    );
  });

  it("has half a surrogate pair as U+FFFD, as UTF-8 has it", () => {
    assert.equal(toText("a\ud800b\udc00"), "a\ufffdb\ufffd");
    assert.equal(toText("\ud834\udd1e"), "𝄞");
  });

  it("in JSON is the same text", () => {
    fc.assert(
      fc.property(awkward, awkward, (one, other) => {
        const json = toJson([{ n: 1, one, deep: [{ other }] }]);
        const [row] = JSON.parse(json) as [{ one: string; deep: [{ other: string }] }];
        assert.equal(fromText(row.one), one);
        assert.equal(fromText(row.deep[0].other), other);
        assert.ok(!/(^|[^\\])(\\\\)*\\u0000/.test(json));
      }),
    );
  });

  it("in JSON has no half of a surrogate pair", () => {
    assert.equal(toJson({ a: "x\ud800" }), '{"a":"x\ufffd"}');
  });
});
