import assert from "node:assert/strict";
import fc from "fast-check";
import { limitsFor, parseFrame } from "../../../protocols/xmpp/codec.ts";
import { StreamParser } from "../../../protocols/xmpp/stream-parser.ts";
import { Element } from "../../../protocols/xmpp/element.ts";
import { StreamError } from "../../../protocols/xmpp/faults.ts";
import { escapeAttribute, escapeText } from "../../../protocols/xmpp/print.ts";
import { innerOf } from "../../../protocols/xmpp/source.ts";

describe("parsing a frame", () => {
  it("builds the element with its attributes, text and namespaces", () => {
    const message = parse(
      `<message xmlns='jabber:client' to='bob@h'><body>a &amp; b</body><x xmlns="urn:x" y="&lt;"/></message>`,
    )!;

    assert.equal(message.is("message", "jabber:client"), true);
    assert.equal(message.attrs["to"], "bob@h");
    assert.equal(message.getChildText("body"), "a & b");
    assert.equal(message.getChild("x", "urn:x")?.attrs["y"], "<");
  });

  it("keeps each part of a stanza as it stood", () => {
    const message = parse(
      `<message xmlns='jabber:client'> <body >a</body\n> t <![CDATA[<z/>]]><x a='1' xmlns='u'><y/></x></message>`,
    )!;

    assert.equal(innerOf(message), "<body >a</body\n><x a='1' xmlns='u'><y/></x>");
  });

  it("gives a part the declarations it leans on", () => {
    const message = parse(`<message xmlns="jabber:client" xmlns:z="urn:z"><z:a><b/></z:a><c z:d="1"/><e/></message>`)!;

    assert.equal(innerOf(message), `<z:a xmlns:z="urn:z"><b/></z:a><c z:d="1" xmlns:z="urn:z"/><e/>`);
  });

  it("takes white space alone for a keep-alive", () => {
    assert.equal(parse(" \n"), undefined);
  });

  it("accepts an XML declaration, though not recommended (RFC 7395 §3.3.3)", () => {
    assert.equal(parse(`<?xml version="1.0" encoding="UTF-8"?><a/>`)?.name, "a");
  });

  const refused: Readonly<Record<string, readonly string[]>> = {
    "restricted-xml": [
      `<!DOCTYPE a><a/>`,
      `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`,
      `<a><!DOCTYPE b></a>`,
      `<a><!ENTITY x "y"></a>`,
      `<a><!-- c --></a>`,
      `<!-- c --><a/>`,
      `<a><?pi ?></a>`,
    ],
    "not-well-formed": [
      "<a>",
      "<a></b>",
      "<a/><b/>",
      "<a/>x",
      "x",
      `<a b="1" b="2"/>`,
      "<a b=1/>",
      "<a b/>",
      `<a b="<"/>`,
      "<a>&</a>",
      "<a>&x;</a>",
      "<a>\u0000</a>",
      "<a>\u0008</a>",
      "<a>\ufffe</a>",
      "<a>&#0;</a>",
      "<a>&#xd800;</a>",
      "<a>]]></a>",
      "<p:a/>",
      `<a p:b="1"/>`,
      "<:a/>",
      `<a xmlns:xml="urn:x"/>`,
      `<a xmlns:p="http://www.w3.org/2000/xmlns/"/>`,
      `<a xmlns="http://www.w3.org/XML/1998/namespace"/>`,
      `<a xmlns:p=""/>`,
      ...[" ", "&#10;jabber:client", "\ufeffjabber:client", "\u2003"].map((name) => `<a xmlns="${name}"/>`),
      ...[" ", "\ufeff"].map((name) => `<a><b xmlns:p="${name}"/></a>`),
      `<a><b xmlns:p="u v"/></a>`,
      `<xmlns:a/>`,
      `<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>`,
      `<?xml version="1.1"?><a/>`,
    ],
    "unsupported-encoding": [`<?xml version="1.0" encoding="UTF-16"?><a/>`],
    "policy-violation": [
      "<a>".repeat(65),
      `<a ${numbered(129, (n) => `b${n}="1"`)}/>`,
      `<a ${numbered(33, (n) => `xmlns:b${n}="u"`)}/>`,
      `<a>${"<b/>".repeat(10_001)}</a>`,
      `<a>${"x".repeat(256 << 10)}</a>`,
      `<a>${"é".repeat(129 << 10)}</a>`,
      `<a b="${"x".repeat(256 << 10)}"/>`,
    ],
  };
  for (const [condition, frames] of Object.entries(refused)) {
    for (const frame of frames) {
      it(`refuses ${frame.slice(0, 40)} with ${condition}`, () => {
        assert.throws(() => parse(frame), isRefusal(condition));
        assert.equal(parse("<a/>")?.name, "a"); // and the next frame is none the worse
      });
    }
  }

  it("believes less before authentication", () => {
    const frame = `<a>${"x".repeat(10 << 10)}</a>`;

    assert.throws(() => parseFrame(frame, limitsBefore), isRefusal("policy-violation"));
    assert.equal(parseFrame(frame, limitsAfter)?.name, "a");
  });

  it("calls what is forbidden at any size forbidden, however big the frame", () => {
    assert.throws(() => parse(`<a><!-- c -->${"x".repeat(300 << 10)}</a>`), isRefusal("restricted-xml"));
  });

  it("reads what we print, and what it reads it prints alike", () => {
    fc.assert(
      fc.property(elements, (element) => {
        const text = element.toString();

        assert.equal(parse(text)!.toString(), text);
      }),
    );
  });

  it("survives any change to a stanza: an element or a stream error", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(3), fc.constantFrom(..."<>&;/\"'=: \u0000!?-[]x"), (at, cut, put) => {
        const place = at % chat.length;
        const mutated = chat.slice(0, place) + put + chat.slice(place + cut);

        try {
          parse(mutated);
        } catch (error) {
          assert.ok(error instanceof StreamError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parsing a stream", () => {
  it("gives the same elements for any chunking", () => {
    const whole = read([stream]).log;
    const bytes = Buffer.from(stream);

    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 40 }), (cuts) => {
        const bounds = [0, ...cuts.sort((a, b) => a - b)];

        assert.deepEqual(read(bounds.map((from, n) => stream.slice(from, bounds[n + 1]))).log, whole);
        assert.deepEqual(read(bounds.map((from, n) => bytes.subarray(from, bounds[n + 1]))).log, whole);
      }),
    );
  });

  it("gives the same elements byte by byte, through the middle of a character", () => {
    const bytes = Buffer.from(stream);

    assert.deepEqual(read([...bytes].map((byte) => Uint8Array.of(byte))).log, read([stream]).log);
  });

  it("hands out no stanza whose end tag does not match", () => {
    const { log, condition } = read([`${header}<message><body/></message></b>`]);

    assert.equal(condition, "not-well-formed");
    assert.equal(log.length, 2);
    assert.deepEqual(read([`${header}<message></iq>`]).log, ["opened h"]);
  });

  it("takes declarations of the header for the stanzas", () => {
    const { log } = read([`${header}<stream:error><x/></stream:error>`]);

    assert.match(log[1]!, /<stream:error xmlns="jabber:client" xmlns:stream="http:\/\/etherx.jabber.org\/streams">/);
  });

  it("refuses text between stanzas, and lets white space pass", () => {
    assert.deepEqual(read([header, " \n", "<a/>", " "]).log.length, 2);
    assert.equal(read([header, "x<a/>"]).condition, "bad-format");
  });

  it("refuses UTF-16 and what is not UTF-8", () => {
    assert.equal(read([Buffer.from("\ufeff<a/>", "utf16le")]).condition, "unsupported-encoding");
    assert.equal(read([header, Buffer.from([0x3c, 0x61, 0xc3, 0x28])]).condition, "not-well-formed");
  });

  it("meets the limit early, whatever the chunks, in time that grows with the input only", () => {
    const endless = [`<message x="`, ...Array.from({ length: 100_000 }, () => "0123456789")];
    const before = process.cpuUsage();

    const { condition, fed } = read([header, ...endless]);

    const { user, system } = process.cpuUsage(before);
    assert.equal(condition, "policy-violation");
    assert.ok(fed < 27_000, `${fed} chunks were fed`);
    assert.ok(user + system < 1_000_000, `${user + system} µs`);
  });

  it("begins anew after a restart", () => {
    const { parser, log } = reader();
    parser.feed(`${header}<auth/>`);
    parser.restart();

    parser.feed(`<?xml version='1.0'?>${header}<iq/>`);

    assert.deepEqual(
      log.map((line) => line.slice(0, 8)),
      ["opened h", "<auth xm", "opened h", "<iq xmln"],
    );
  });
});

const limitsBefore = limitsFor(10 << 10);
const limitsAfter = limitsFor(256 << 10);
const header = `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="h" version="1.0">`;
const chat = `<message xmlns="jabber:client" to="b@h" type='chat' id="1"><body>a &amp; b &#x41; é</body><x xmlns:p="u" p:q="1"><![CDATA[<]]></x></message>`;
const stream = `<?xml version="1.0"?>\r\n${header}<message to="b@h"><body>grüße 😀 &amp;\r\n</body></message>\n <iq id="1" type="get"><ping xmlns="urn:xmpp:ping"/></iq></stream:stream>`;

const names = fc.constantFrom("a", "b", "message", "x-y", "é", "_z");
const texts = fc
  .string({ unit: "grapheme", maxLength: 20 })
  .map((text) => text.replace(/[^\t\n\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, ""));
const { element: elements } = fc.letrec<{ element: Element }>((tie) => ({
  element: fc
    .tuple(
      names,
      fc.dictionary(fc.constantFrom("id", "to", "xmlns", "xml:lang"), texts, { maxKeys: 3 }),
      fc.array(fc.oneof({ maxDepth: 3 }, texts, tie("element")), { maxLength: 4 }),
    )
    .map(([name, attrs, children]) => {
      // Neighbouring texts become one on the way, an empty one vanishes, and a raw line break in an attribute becomes a space; a namespace's name has neither.
      const written = (name: string, value: string): string =>
        name === "xmlns" ? value.replace(/\s/g, "") : value.replace(/[\t\n]/g, " ");
      const entries = Object.entries(attrs).map(([key, value]) => [key, written(key, value)]);
      const element = new Element(name, Object.fromEntries(entries) as Record<string, string>);
      for (const child of children) {
        const last = element.children.length - 1;
        if (child === "") continue;
        if (typeof child === "string" && typeof element.children[last] === "string") element.children[last] += child;
        else element.children.push(child);
      }
      return element;
    }),
}));

describe("printing", () => {
  it("escapes so that parsing gives the text back", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const element = parse(`<a b="${escapeAttribute(`${text}\r\n\t`)}">${escapeText(`${text}\r`)}</a>`)!;

        assert.equal(element.attrs["b"], `${text}\r\n\t`);
        assert.equal(element.getText(), `${text}\r`);
      }),
    );
  });
});

function parse(frame: string): Element | undefined {
  return parseFrame(frame, limitsAfter);
}

function reader(): { parser: StreamParser; log: string[] } {
  const log: string[] = [];
  const parser = new StreamParser(limitsAfter, {
    opened: (element) => log.push(`opened ${element.attrs["to"]}`),
    // The header's prefix is nothing to what uses none: by the fast road it is left out.
    element: (element) => {
      const text = element.toString();
      log.push(element.name.includes(":") ? text : text.replace(/ xmlns:stream="[^"]*"/, ""));
    },
    closed: () => log.push("closed"),
  });
  return { parser, log };
}

function read(chunks: readonly (string | Uint8Array)[]): { log: string[]; condition: string | undefined; fed: number } {
  const { parser, log } = reader();
  let fed = 0;
  try {
    for (const chunk of chunks) {
      parser.feed(chunk);
      fed++;
    }
    return { log, condition: undefined, fed };
  } catch (error) {
    assert.ok(error instanceof StreamError);
    return { log, condition: error.condition, fed };
  }
}

function isRefusal(condition: string): (error: unknown) => boolean {
  return (error) => error instanceof StreamError && error.condition === condition;
}

function numbered(count: number, make: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => make(n)).join(" ");
}
