import assert from "node:assert/strict";
import fc from "fast-check";
import { limitsFor, strictParse } from "../../../protocols/xmpp/codec.ts";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { quickParse } from "../../../protocols/xmpp/quick-parse.ts";

const limits = { ...limitsFor(4096), depth: 5, attributes: 4, elements: 12 };

describe("the fast road of parsing", () => {
  it("takes what clients mostly send", () => {
    for (const frame of usual) assert.ok(quickParse(frame, limitsFor(4096)), frame);
  });

  it("never takes what the strict parser refuses, and builds the same from what it takes", () => {
    let taken = 0;
    const pieces = fc.constantFrom(
      ...[
        "<a",
        "<body",
        "<message",
        "</a>",
        "</body>",
        "</message>",
        "/>",
        ">",
        "<",
        ' xmlns="jabber:client"',
        ' x="1"',
        " y='2'",
        " ",
        "\n",
      ],
      ...[
        '"',
        "'",
        "&amp;",
        "&lt;",
        "&#65;",
        "&x;",
        "&",
        "text",
        "é😀",
        "]]>",
        "<!--",
        "<![CDATA[",
        "<?x?>",
        ":",
        " xml:lang='en'",
        " p:q='1'",
      ],
      ...[
        ' xmlns:p="u"',
        "\u0000",
        "\r",
        "\ufffe",
        "=",
        ' xmlns=""',
        ' __proto__="1"',
        ' constructor="1"',
        " /",
        ' xmlns="http://www.w3.org/2000/xmlns/"',
      ],
    );
    const assembled = fc.array(pieces, { maxLength: 24 }).map((parts) => parts.join(""));
    const mutated = fc
      .tuple(fc.constantFrom(...usual), fc.nat(), fc.nat(4), pieces)
      .map(([frame, at, cut, put]) => frame.slice(0, at % frame.length) + put + frame.slice((at % frame.length) + cut));

    fc.assert(
      fc.property(fc.oneof(nested, assembled, mutated), (text) => {
        const frame = Buffer.from(text).toString(); // it came as UTF-8
        const quick = quickParse(frame, limits);
        if (quick === undefined) return;
        taken++;
        assert.deepEqual(shapeOf(quick), shapeOf(strictParse(frame, limits)!)); // which throws when it refuses
      }),
      { numRuns: 5000 },
    );
    assert.ok(taken > 500, `only ${taken} were taken`);
  });

  it("leaves what is over a limit to the strict parser", () => {
    for (const frame of [
      "<a><a><a><a><a><a/></a></a></a></a></a>",
      `<a b="1" c="1" d="1" e="1" f="1"/>`,
      `<a>${"<b/>".repeat(12)}</a>`,
    ]) {
      assert.equal(quickParse(frame, limits), undefined);
    }
  });
});

const usual = [
  `<message xmlns="jabber:client" to="bob@localhost" type="chat" id="a-1"><body>Hello &amp; bye &#8212;</body></message>`.replace(
    "&#8212;",
    "–",
  ),
  `<message xmlns='jabber:client' to='b@h' xml:lang='en'><body>x</body><request xmlns='urn:xmpp:receipts' /><active xmlns='http://jabber.org/protocol/chatstates'/></message>`,
  `<presence xmlns="jabber:client"><show>away</show>\n <status>grüße 😀</status></presence>`,
  `<iq xmlns="jabber:client" type="get" id="1"><query xmlns="jabber:iq:roster"/></iq>`,
  `<a xmlns="urn:xmpp:sm:3" h="17"/>`,
  `<r xmlns="urn:xmpp:sm:3"/>`,
  `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>`,
];

/** Well-formed documents, so that there is much to take. */
const { nested } = fc.letrec<{ nested: string }>((tie) => ({
  nested: fc
    .tuple(
      fc.constantFrom("a", "message", "b-1", "_.x"),
      fc.uniqueArray(fc.constantFrom(' xmlns="jabber:client"', ' x="&lt;"', " y='\"'", ' xml:lang="de"'), {
        maxLength: 3,
      }),
      fc.array(fc.oneof({ maxDepth: 4 }, fc.constantFrom("text", " \n", "&amp;&gt;", "é"), tie("nested")), {
        maxLength: 4,
      }),
      fc.constantFrom("/>", " />"),
    )
    .map(([name, attributes, children, end]) => {
      const head = `<${name}${attributes.join("")}`;
      return children.length === 0 ? head + end : `${head}>${children.join("")}</${name}>`;
    }),
}));

/** All that is read of an element anywhere. */
function shapeOf(element: Element): unknown {
  const { name, attrs, children, source, parent } = element;
  return {
    name,
    xmlns: element.getNS(),
    attrs: Object.entries(attrs),
    source,
    parent: parent?.name,
    children: children.map((child) => (typeof child === "string" ? child : shapeOf(child))),
  };
}
