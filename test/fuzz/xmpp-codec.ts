// Mutated elements against the codec alone: nothing but a StreamError is thrown, the right one, by each road that leads in,
// and however the bytes are cut.
import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { limitsFor, parseFrame, strictParse } from "../../protocols/xmpp/codec.ts";
import { StreamParser } from "../../protocols/xmpp/stream-parser.ts";
import { StreamError } from "../../protocols/xmpp/faults.ts";
import type { Element } from "../../protocols/xmpp/element.ts";
import { printed } from "../../protocols/xmpp/source.ts";
import { readBody } from "../../protocols/xmpp/transports/bosh-body.ts";
import { collected, type Drift, Growth } from "./drift.ts";
import { Random } from "./random.ts";
import { boundCorpus, freshCorpus } from "./xmpp-corpus.ts";
import { mutateXml, type XmlMutant } from "./xmpp-mutations.ts";

export interface XmlRun {
  readonly mutants: number;
  readonly refused: number;
  /** Cut in pieces as well, and compared. */
  readonly cut: number;
  readonly memory: Drift | undefined;
}

const limits = limitsFor(256 << 10);
const corpus = [...boundCorpus, ...freshCorpus];
export const streamStart = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>`;
const headersPrefix = ` xmlns:stream="http://etherx.jabber.org/streams"`;

/** What bytes alone can be refused with (RFC 6120 §4.9.3, §11.3). */
const refusals: ReadonlySet<string> = new Set([
  "bad-format",
  "not-well-formed",
  "policy-violation",
  "restricted-xml",
  "unsupported-encoding",
]);

/** Throws with the seed and the bytes of the first mutant that shows a bug. */
export function fuzzXml(mutants: number, seed: number): XmlRun {
  const random = new Random(seed);
  const memory = new Growth(mutants);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 2; // half of the run's time would go into stacks nobody reads
  let [refused, cut] = [0, 0];
  for (let n = 0; n < mutants; n++) {
    const mutant = mutateXml(random, corpus);
    try {
      if (checkFrame(mutant) !== undefined) refused++;
      if (n % 4 === 0) {
        cut++;
        checkStream(mutant, random);
        checkWrapped(mutant);
      }
    } catch (error) {
      throw new Error(`seed ${seed}, mutant ${n}: ${JSON.stringify(mutant.bytes.toString("latin1").slice(0, 2_000))}`, {
        cause: error,
      });
    }
    if (memory.due(n)) memory.note(n, collected());
  }
  Error.stackTraceLimit = stackTraceLimit;
  return { mutants, refused, cut, memory: memory.result() };
}

/** What is not spoilt must be read: the fuzzer would find nothing in a codec that refuses everything. */
export function readsTheXml(): void {
  for (const xml of corpus) {
    assert.equal(
      conditionOf(() => void parseFrame(xml, limits)),
      undefined,
      xml,
    );
    assert.deepEqual(streamed([Buffer.from(xml)]).condition, undefined, xml);
  }
}

/** The stream error that this ends in. */
export function conditionOf(read: () => void): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof StreamError)) throw error;
    assert.ok(refusals.has(error.condition), `refused with ${error.condition}`);
    return error.condition;
  }
}

/** As a WebSocket brings it: the fast road and the strict one read the same, and what was read can be written and read again. */
function checkFrame({ bytes, refusal }: XmlMutant): string | undefined {
  const frame = bytes.toString();
  let quick: string | undefined;
  let strict: string | undefined;
  const condition = conditionOf(() => (quick = shown(passable(parseFrame(frame, limits)))));
  if (quick !== undefined) {
    const also = conditionOf(() => (strict = shown(passable(strictParse(frame, limits)))));
    assert.deepEqual([also, strict], [undefined, quick], "the two roads read different things");
    assert.equal(
      conditionOf(() => (strict = shown(strictParse(quick!, limits)))),
      undefined,
      "cannot be read back",
    );
    assert.equal(strict, quick, "read back, it is another");
  }
  if (refusal !== undefined) assert.equal(condition, refusal, "the wrong refusal");
  return condition;
}

/** What is passed on as it stood reads, in another stanza, as it was read here. */
function passable(element: Element | undefined): Element | undefined {
  for (const part of element?.children ?? []) {
    if (typeof part === "string" || part.source === undefined) continue;
    const again = strictParse(`<message xmlns="jabber:client">${part.source}</message>`, limits)!;
    assert.equal(
      again.children.map((child) => (typeof child === "string" ? child : printed(child))).join(),
      printed(part),
    );
  }
  return element;
}

function shown(element: Element | undefined): string | undefined {
  return element === undefined ? undefined : printed(element);
}

/** As TCP brings it. */
function checkStream({ bytes, refusal }: XmlMutant, random: Random): void {
  const whole = streamed([bytes]);
  if (refusal !== undefined) assert.equal(whole.condition, refusal, "the wrong refusal in a stream");
  const cut = streamed(pieces(bytes, random));
  // A chunk that is not UTF-8 is not read at all; how much of one comes before that is chance.
  if (!isUtf8(bytes)) assert.ok(whole.condition === undefined || cut.condition !== undefined, "cut, it is let pass");
  else assert.deepEqual(cut, whole, "cut, it is read otherwise");
}

interface Streamed {
  readonly read: readonly string[];
  readonly condition: string | undefined;
}

function streamed(chunks: readonly Buffer[]): Streamed {
  const read: string[] = [];
  const parser = new StreamParser(limits, {
    opened: () => read.push("("),
    // By the fast road a stanza takes along no prefix of the header, as it uses none.
    element: (element) => read.push(printed(passable(element)!).replaceAll(headersPrefix, "")),
    closed: () => read.push(")"),
  });
  const condition = conditionOf(() => {
    parser.feed(streamStart);
    for (const chunk of chunks) parser.feed(chunk);
  });
  return { read, condition };
}

/** As BOSH brings it: no more than an error may come of it. */
function checkWrapped({ bytes }: XmlMutant): void {
  const body = [
    Buffer.from(`<body xmlns="http://jabber.org/protocol/httpbind" rid="1">`),
    bytes,
    Buffer.from("</body>"),
  ];
  conditionOf(() => void readBody(Buffer.concat(body), limits));
}

function pieces(bytes: Buffer, random: Random): Buffer[] {
  return random.cut(bytes, bytes.length > 10_000 ? 20_000 : random.once(3) ? 1 : 1 + random.below(40));
}
