import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "ltx";
import { escapeAttribute, escapeText, legalText } from "../../../protocols/xmpp/print.ts";

describe("what is printed", () => {
  it("reads the same to a parser that is not ours, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), fc.string({ maxLength: 40 }), (one, other) => {
        const [text, value] = [legalText(one), legalText(other)];

        const element = parse(`<body lang="${escapeAttribute(value)}">${escapeText(text)}</body>`);

        assert.equal(element.getText(), text);
        assert.equal(element.attrs["lang"], value);
      }),
    );
  });
});
