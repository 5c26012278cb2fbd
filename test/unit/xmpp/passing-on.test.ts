import assert from "node:assert/strict";
import fc from "fast-check";
import { limitsFor, parseFrame, strictParse } from "../../../protocols/xmpp/codec.ts";
import { StreamParser } from "../../../protocols/xmpp/stream-parser.ts";
import { StreamError } from "../../../protocols/xmpp/faults.ts";
import { escapeAttribute, escapeText } from "../../../protocols/xmpp/print.ts";
import { innerOf, printed } from "../../../protocols/xmpp/source.ts";

const limits = limitsFor(1 << 16);
const header = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`;

describe("an element that is passed on (P10)", () => {
  it("is read by the next as it was read here, whatever its values", () => {
    const value = fc.stringMatching(/^[\t\n\r -~ü]{0,12}$/);
    fc.assert(
      fc.property(value, value, (value, text) => {
        const xml = `<a xmlns="urn:x" b="${escapeAttribute(value)}"><c>${escapeText(text)}</c></a>`;

        const again = strictParse(printed(strictParse(xml, limits)!), limits)!;

        assert.deepEqual([again.attrs["b"], again.getChildText("c") ?? ""], [value, text]);
      }),
    );
  });

  it("keeps its line ends also when it came in pieces", () => {
    const whole = `<message xmlns="jabber:client"><x xmlns="urn:x" lines="one&#xA;two">a&#xD;b</x></message>`;
    const inner: string[] = [];
    const parser = new StreamParser(limits, { element: (element) => inner.push(innerOf(element)) });

    parser.feed(header);
    for (const character of whole) parser.feed(character);

    const part = parseFrame(inner[0]!, limits)!;
    assert.deepEqual([part.attrs["lines"], part.getText()], ["one\ntwo", "a\rb"]);
  });
});

describe("an element with CDATA", () => {
  const stanza = `<message xmlns="jabber:client"><![CDATA[<no/>]]><body><![CDATA[a <b> &]]></body><![CDATA[<x]]><x xmlns="urn:x"/></message>`;

  it("is passed on whole, from a frame", () => {
    const passed = innerOf(parseFrame(stanza, limits)!);

    const again = parseFrame(`<message xmlns="jabber:client">${passed}</message>`, limits)!;
    assert.equal(again.getChildText("body"), "a <b> &");
  });

  it("is passed on whole, from a stream, however it is cut", () => {
    for (let at = 1; at < stanza.length; at++) {
      const passed: string[] = [];
      const parser = new StreamParser(limits, { element: (element) => passed.push(innerOf(element)) });

      for (const piece of [header, stanza.slice(0, at), stanza.slice(at)]) parser.feed(piece);

      const again = parseFrame(`<message xmlns="jabber:client">${passed[0]}</message>`, limits)!;
      assert.deepEqual([again.getChildText("body"), again.getChild("x")?.getNS()], ["a <b> &", "urn:x"]);
    }
  });
});

describe("a stream that breaks", () => {
  for (const [title, rest] of [
    ["text between stanzas", "text<"],
    ["a comment", "<!-- c -->"],
    ["what is no XML", "<<"],
    ["a lone ampersand", "& "],
  ] as const) {
    it(`has read what was whole before ${title}, in one chunk as in many`, () => {
      const read: string[] = [];
      const parser = new StreamParser(limits, { element: ({ name }) => read.push(name) });

      assert.throws(() => parser.feed(`${header}<presence/>${rest}`), StreamError);

      assert.deepEqual(read, ["presence"]);
    });
  }

  it("has not read what its own end tag does not fit", () => {
    const read: string[] = [];
    const parser = new StreamParser(limits, { element: ({ name }) => read.push(name) });

    assert.throws(() => parser.feed(`${header}<presence><show>away</presence>`), StreamError);

    assert.deepEqual(read, []);
  });
});
