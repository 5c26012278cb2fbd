import assert from "node:assert/strict";
import fc from "fast-check";
import { limitsFor } from "../../../protocols/xmpp/codec.ts";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { StreamError } from "../../../protocols/xmpp/faults.ts";
import { StreamParser } from "../../../protocols/xmpp/stream-parser.ts";
import { Utf8Stream } from "../../../protocols/xmpp/utf8-stream.ts";
import { innerOf } from "../../../protocols/xmpp/source.ts";

// More than any stream here: which of two errors is met first depends on how a stanza that is too big, too, is cut.
const limits = { ...limitsFor(16_384), depth: 5, attributes: 4, elements: 12, namespaces: 4 };
const headers = [
  `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="h" version="1.0">`,
  `<stream xmlns="http://etherx.jabber.org/streams">`,
  `<?xml version='1.0'?>\n<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:p='urn:p' xmlns:q='urn:q'>`,
];
const stanzas = [
  `<message to="bob@localhost" type="chat" id="a-1"><body>Hello &amp; bye – 😀</body></message>`,
  `<message xmlns='jabber:client' to='b@h'><body>x</body><request xmlns='urn:xmpp:receipts' /></message>`,
  `<presence><show>away</show>\n <status>grüße</status></presence>`,
  `<iq type="get" id="1"><query xmlns="jabber:iq:roster"/></iq>`,
  `<a xmlns="urn:xmpp:sm:3" h="17"/>`,
  `<message><p:x p:y="1"/><body>&#65;<![CDATA[<a>]]></body></message>`,
  `<message a='\n'><body>a\r\nb</body></message>`,
  `<presence xmlns=""/>`,
  `<message xmlns="jabber:client" xmlns:a="1" xmlns:b="2"/>`,
  `<message><body>${"long ".repeat(90)}</body></message>`,
  "<r/>",
  "</stream:stream>",
  "</stream>",
];
/** `PARSER_ROUNDS=100000` for a long run. */
const runs = Number(process.env["PARSER_ROUNDS"] ?? 600);
const oddities = [
  "<",
  ">",
  "&",
  "]]>",
  "<!-- c -->",
  "<![CDATA[",
  "<?x?>",
  "text",
  "\u0000",
  "\ufffd",
  '"',
  "'",
  "/>",
  "</",
  "=",
];
const spaces = ["", "", "", " ", "\n", "\r\n", "\t".repeat(40)];

describe("the fast road of a stream", () => {
  it("gives what the strict parser alone gives, for any stream, cut anywhere, and breaks where that breaks", () => {
    const stanza = fc.constantFrom(...stanzas);
    const mutated = fc
      .tuple(stanza, fc.nat(), fc.nat(4), fc.constantFrom("", ...oddities, ...stanzas))
      .map(([text, at, cut, put]) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + cut));
    const piece = fc.oneof(
      { weight: 8, arbitrary: stanza },
      { weight: 1, arbitrary: mutated },
      { weight: 1, arbitrary: fc.constantFrom(...oddities) },
    );
    const streams = fc
      .tuple(fc.constantFrom(...headers), fc.array(fc.tuple(piece, fc.constantFrom(...spaces)), { maxLength: 8 }))
      .map(([header, parts]) => Buffer.from(header + parts.flat().join("")));
    let quick = 0;
    let broken = 0;

    fc.assert(
      fc.property(streams, fc.array(fc.nat(1500), { maxLength: 6 }), fc.boolean(), (bytes, cuts, stepwise) => {
        const bounds = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const chunks = bounds.slice(1).map((to, n) => bytes.subarray(bounds[n], to));

        const here = read(chunks, { stepwise, strictly: false });
        const there = read(chunks, { stepwise, strictly: true });

        assert.deepEqual(here, there);
        quick += here.log.length - 1;
        if (here.condition !== undefined) broken++;
      }),
      { numRuns: runs },
    );
    assert.ok(quick > runs && broken > runs / 10, `${quick} elements, ${broken} broken`);
  });

  it("refuses a stanza that is too big, and none that is not", () => {
    const stanza = "<a>0123456789</a>";
    for (const strictly of [true, false]) {
      for (const size of [stanza.length, stanza.length - 1]) {
        const parsed: string[] = [];
        const parser = new StreamParser(limits, { element: ({ name }) => parsed.push(name) });
        parser.strictly = strictly;
        parser.feed(headers[0]!);
        parser.limits = { ...limits, size };

        const broken = attempt(() => (parser.feed(stanza.repeat(3)), "whole"));

        assert.deepEqual([parsed.length, broken], size < stanza.length ? [0, undefined] : [3, "whole"]);
      }
    }
  });

  it("holds in front of the next stanza of the same chunk", () => {
    const seen: string[] = [];
    const parser = new StreamParser(limitsFor(4096), {
      element: ({ name }) => {
        seen.push(name);
        if (name === "auth") parser.hold();
      },
    });
    parser.stepwise = true;

    parser.feed(`${headers[0]}<a/><auth/><b/>`);

    assert.deepEqual(seen, ["a", "auth"]);
    parser.go();
    assert.deepEqual(seen, ["a", "auth", "b"]);
  });

  it("reads what is overwritten afterwards", () => {
    const seen: string[] = [];
    const parser = new StreamParser(limitsFor(4096), { element: (element) => seen.push(element.getText()) });
    const memory = Buffer.alloc(400);
    parser.feed(headers[0]!);

    for (const piece of ["<a>grü", "ße</a", "><b>x</b><c>", "y</c>"]) {
      parser.feed(memory, memory.write(piece));
      memory.fill("!");
    }

    assert.deepEqual(seen, ["grüße", "x", "y"]);
  });
});

describe("the characters of a stream", () => {
  it("are those that the platform's own decoder gives, and refused where it refuses", () => {
    const bytes = fc.oneof(
      fc.constantFrom("a", "é", "–", "😀", "\ufeff", "\ufffd").map((text) => Buffer.from(text)),
      fc
        .constantFrom([0xc3], [0x80], [0xe0, 0x80], [0xed, 0xa0], [0xf0, 0x9f], [0xf4, 0x90], [0xff], [0xc0])
        .map((list) => Buffer.from(list)),
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 6 }), fc.array(fc.nat(20), { maxLength: 6 }), (parts, cuts) => {
        const all = Buffer.concat(parts);
        const bounds = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
        const ours = new Utf8Stream();
        const theirs = new TextDecoder("utf-8", { fatal: true });
        for (let n = 1; n < bounds.length; n++) {
          const chunk = all.subarray(bounds[n - 1], bounds[n]);
          const expected = attempt(() => theirs.decode(chunk, { stream: true }));

          assert.equal(
            attempt(() => ours.decode(chunk, chunk.length)),
            expected,
          );
          if (expected === undefined) return;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function attempt(decode: () => string): string | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

interface Read {
  readonly log: unknown[];
  readonly condition: string | undefined;
  /** The chunk that broke it. */
  readonly at: number;
}

function read(chunks: readonly Buffer[], how: { stepwise: boolean; strictly: boolean }): Read {
  const log: unknown[] = [];
  const parser = new StreamParser(limits, {
    opened: (element) => log.push(shapeOf(element)),
    element: (element) => log.push([stanzaShape(element), meantBy(element)]),
    closed: () => log.push("closed"),
  });
  Object.assign(parser, how);
  let at = 0;
  try {
    for (; at < chunks.length; at++) parser.feed(chunks[at]!);
    return { log, condition: undefined, at };
  } catch (error) {
    assert.ok(error instanceof StreamError);
    return { log, condition: error.condition, at };
  }
}

/** Without the header's prefixes, which the fast road leaves out: it takes nothing that uses one. */
function stanzaShape(element: Element): unknown {
  const { attrs } = element;
  const own = Object.fromEntries(Object.entries(attrs).filter(([key]) => !key.startsWith("xmlns:")));
  try {
    element.attrs = own;
    return shapeOf(element);
  } finally {
    element.attrs = attrs;
  }
}

function shapeOf(element: Element, declared = true): unknown {
  const { name, attrs, children, parent } = element;
  return {
    name,
    xmlns: element.getNS(),
    attrs: Object.entries(attrs).filter(([key]) => declared || !key.startsWith("xmlns")),
    parent: parent?.name,
    children: joined(children.map((child) => (typeof child === "string" ? child : shapeOf(child, declared)))),
  };
}

/** How many pieces a text is in depends on the chunks. */
function joined(children: readonly unknown[]): unknown[] {
  const all: unknown[] = [];
  for (const child of children) {
    const last = all.length - 1;
    if (typeof child === "string" && typeof all[last] === "string") all[last] += child;
    else all.push(child);
  }
  return all;
}

/** What is passed on of it: as it stood, or printed with all that was declared around it, which must mean the same. */
function meantBy(element: Element): unknown {
  const inner: unknown[] = [];
  const parser = new StreamParser(limitsFor(1 << 16), { element: (part) => inner.push(shapeOf(part, false)) });
  parser.strictly = true;
  parser.feed(`<stream xmlns="jabber:client">${innerOf(element)}`);
  return inner;
}
