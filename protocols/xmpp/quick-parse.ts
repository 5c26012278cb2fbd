// The fast road for what clients mostly send: ASCII names, no prefixes, no rarities. What it is not sure of it leaves to
// the tree builder, which alone decides what is an error; a property test holds the two together. It exists because
// saxes takes several times as long, and would be the greater part of what a message costs.
import { Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import type { XmlLimits } from "./tree-builder.ts";
import { whiteSpace } from "./xml-names.ts";

const slash = 0x2f;
const space = 0x20;
const equals = 0x3d;
const greater = 0x3e;
const less = 0x3c;
const doubleQuote = 0x22;
const singleQuote = 0x27;
const colon = 0x3a;

/** 1: may begin a name; 2: may stand within one. Beyond ASCII it is the builder's to know. */
const nameClass = new Uint8Array(128);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_") nameClass[character.charCodeAt(0)] = 3;
for (const character of "0123456789.-") nameClass[character.charCodeAt(0)] = 2;

// What is not simply itself: references, and what is no Char of XML or is normalised (XML 1.0 §2.2, §2.11, §3.3.3).
const unplainText = /[\u0000-\u0008\u000b-\u001f&\ufffe\uffff]|\]\]>/;
const unplainValue = /[\u0000-\u001f&<\ufffe\uffff]/;
const unclear = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|\]\]>|&(?!(?:amp|lt|gt|quot|apos);)/;
const unclearValue = /[\u0000-\u001f<\ufffe\uffff]|&(?!(?:amp|lt|gt|quot|apos);)/;
/** A frame without any of these has neither unplain text nor, but for "<", an unplain value: most are looked at only once. */
const unplainFrame = /[\u0000-\u001f&\ufffe\uffff]|\]\]>/;
const reference = /&(?:amp|lt|gt|quot|apos);/g;
const meanings: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};

/** Whether every value and text in it is simply itself. */
export function isPlain(frame: string): boolean {
  return !unplainFrame.test(frame);
}

/** The frame's element, as the tree builder would build it; undefined when that had better be asked. */
export function quickParse(frame: string, limits: XmlLimits): Element | undefined {
  const root = elementAt(frame, 0, isPlain(frame), limits, undefined);
  return end === frame.length ? root : undefined;
}

/** Where the last element that was found ends. */
let end = 0;

export function endOfLast(): number {
  return end;
}

/** The element that begins at `from`, and may end anywhere; within a stream, the one that its header makes of it. */
export function elementAt(
  frame: string,
  from: number,
  plain: boolean,
  limits: XmlLimits,
  header: Element | undefined,
): Element | undefined {
  if (frame.charCodeAt(from) !== less) return undefined;
  const deepest = header === undefined ? limits.depth : limits.depth - 1;
  let root: Element | undefined;
  let current: Element | undefined;
  let depth = 0;
  let elements = 0;
  let partFrom = 0;
  let at = from;

  for (;;) {
    // At a "<".
    if (frame.charCodeAt(at + 1) === slash) {
      if (current === undefined) return undefined;
      const { name } = current;
      const close: number = at + 2 + name.length;
      if (!frame.startsWith(name, at + 2) || frame.charCodeAt(close) !== greater) return undefined;
      at = close + 1;
      depth--;
    } else {
      const element = new Element("");
      const began = at;
      at = openTag(frame, at, element, plain, limits.attributes);
      if (at < 0 || ++elements > limits.elements || ++depth > deepest) return undefined;
      element.parent = current ?? null;
      if (current === undefined) {
        root = element;
        // Of what the header declares: prefixes are not used here.
        if (header?.attrs["xmlns"] !== undefined) element.attrs["xmlns"] ??= header.attrs["xmlns"];
      } else current.children.push(element);
      if (depth === 2) partFrom = began;
      current = element;
      if (frame.charCodeAt(at - 2) !== slash) {
        at = text(frame, at, element, plain);
        if (at < 0) return undefined;
        continue;
      }
      depth--;
    }
    // `current` is complete.
    if (depth === 0) {
      end = at;
      return root;
    }
    if (depth === 1 && root!.attrs["xmlns"] === ns.client) current.source = frame.slice(partFrom, at);
    current = current.parent!;
    at = text(frame, at, current, plain);
    if (at < 0) return undefined;
  }
}

/** Reads up to the next "<" into the element, and returns where that is; -1 when unsure. */
function text(frame: string, from: number, into: Element, plain: boolean): number {
  const at = frame.indexOf("<", from);
  if (at === from || at === -1) return at;
  let said = frame.slice(from, at);
  if (!plain && unplainText.test(said)) {
    if (unclear.test(said)) return -1;
    said = said.replace(reference, meaningOf);
  }
  into.children.push(said);
  return at;
}

/** Reads the tag that begins at `from` into the element, and returns where it ends; -1 when unsure. */
function openTag(frame: string, from: number, element: Element, plain: boolean, mostAttributes: number): number {
  let at = from + 1;
  if ((nameClass[frame.charCodeAt(at)]! & 1) === 0) return -1;
  at = nameEnd(frame, at + 1);
  element.name = nameAt(frame, from + 1, at);
  for (let count = 0; ; count++) {
    const next = frame.charCodeAt(at);
    if (next === greater) return at + 1;
    if (next === slash) return frame.charCodeAt(at + 1) === greater ? at + 2 : -1;
    if (next !== space || count === mostAttributes) return -1;
    // Some printers put a space before the end of an empty tag.
    if (frame.charCodeAt(at + 1) === slash) return frame.charCodeAt(at + 2) === greater ? at + 3 : -1;
    at = attribute(frame, at + 1, element, plain);
    if (at < 0) return -1;
  }
}

function attribute(frame: string, from: number, element: Element, plain: boolean): number {
  if ((nameClass[frame.charCodeAt(from)]! & 1) === 0) return -1;
  let at = nameEnd(frame, from + 1);
  // The one prefix that needs no declaration, in the one use it is put to.
  if (frame.charCodeAt(at) === colon && frame.startsWith("xml:lang=", from)) at += 5;
  const name = nameAt(frame, from, at);
  const quote = frame.charCodeAt(at + 1);
  if (frame.charCodeAt(at) !== equals || (quote !== doubleQuote && quote !== singleQuote)) return -1;
  const end = frame.indexOf(quote === doubleQuote ? '"' : "'", at + 2);
  if (end === -1 || element.attrs[name] !== undefined) return -1;
  let value = frame.slice(at + 2, end);
  if (plain ? value.includes("<") : unplainValue.test(value)) {
    if (unclearValue.test(value)) return -1;
    value = value.replace(reference, meaningOf);
  }
  if (name === "xmlns" && (value === ns.xml || value === ns.xmlns || whiteSpace.test(value))) return -1;
  element.attrs[name] = value;
  return end + 1;
}

/**
 * The name that stands there: one of the usual ones without making a string, and looking it up among all that the engine
 * knows, for each of its occurrences (bench: xmpp).
 */
function nameAt(frame: string, from: number, to: number): string {
  const likely = usual[slotOf(frame.charCodeAt(from), to - from)];
  if (likely !== undefined && likely.length === to - from && frame.startsWith(likely, from)) return likely;
  return frame.slice(from, to);
}

function slotOf(first: number, length: number): number {
  return ((first & 31) << 4) | (length & 15);
}

const usual: (string | undefined)[] = Array.from({ length: 512 });
for (const name of ["message", "iq", "presence", "body", "r", "a", "request", "origin-id", "active", "composing"])
  usual[slotOf(name.charCodeAt(0), name.length)] = name;
for (const name of ["xmlns", "type", "to", "id", "from", "xml:lang", "h", "markable", "store", "received", "query"])
  usual[slotOf(name.charCodeAt(0), name.length)] = name;

function nameEnd(frame: string, from: number): number {
  let at = from;
  while (nameClass[frame.charCodeAt(at)]! > 0) at++;
  return at;
}

function meaningOf(written: string): string {
  return meanings[written]!;
}
