import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "ltx";
import { escapeAttribute, escapeText, legalText } from "../../../protocols/xmpp/print.ts";

/** Any code points, lone surrogates and control characters among them. */
const anything = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 40 })
  .map((points) => String.fromCodePoint(...points));

describe("what is printed", () => {
  it("reads the same to a parser that is not ours, whatever the text", () => {
    fc.assert(
      fc.property(anything, anything, (one, other) => {
        const [text, value] = [legalText(one), legalText(other)];

        const element = parse(`<body lang="${escapeAttribute(value)}">${escapeText(text)}</body>`);

        assert.equal(element.getText(), text);
        assert.equal(element.attrs["lang"], value);
      }),
    );
  });
});
