// saxes beneath, ltx elements above, our limits between: what a peer sends as XML, built up and refused early.
import { SaxesParser } from "saxes";
import { Element } from "./element.ts";
import { detailOf, StreamError } from "./faults.ts";
import { ns } from "./namespaces.ts";
import { checkNames, malformed, tooMuch } from "./xml-names.ts";

export interface XmlLimits {
  /** Of one stanza, in characters. */
  readonly size: number;
  readonly depth: number;
  readonly attributes: number;
  /** Declarations on one element. */
  readonly namespaces: number;
  /** Elements in one stanza: small ones cost many times their text. */
  readonly elements: number;
}

export interface TreeEvents {
  /** The stream's header, where stanzas are within one document; its children are not kept. */
  opened?(header: Element): void;
  /** A whole top-level element. */
  element(element: Element): void;
  /** The header's end tag. */
  closed?(): void;
  /** White space between stanzas came, and nothing with it. */
  blank?(): void;
}

/**
 * Where the elements to report stand: `document`, each is a document of its own (RFC 7395); `stream`, they are within
 * one that stays open (RFC 6120 §4).
 */
export type Shape = "document" | "stream";

interface Tag {
  readonly name: string;
  readonly attributes: Record<string, string>;
}

/** Anything thrown from `write` or `end` is final: the builder is of no use afterwards. */
export class TreeBuilder {
  limits: XmlLimits;
  readonly #events: TreeEvents;
  readonly #top: 0 | 1;
  readonly #parser = new SaxesParser({ position: false, defaultXMLVersion: "1.0", forceXMLVersion: true });
  #header: Element | undefined;
  #current: Element | undefined;
  #depth = 0;
  #elements = 0;
  #attributes = 0;
  /** Characters given to the parser before the chunk at hand. */
  #before = 0;
  #chunk = "";
  /** Where the top-level element began, or the last one ended. */
  #began = 0;
  /** Where the text before the next part of a stanza begins, in the whole input. */
  #partFrom = 0;
  /** Complete, but for the parser's own check of its end tag: saxes calls first and refuses a mismatch after. */
  #done: Element | "header" | undefined;
  /** The part leans on a prefix declared outside of it, or the stanza's own namespace is not the plain one. */
  #leans = false;

  constructor(shape: Shape, limits: XmlLimits, events: TreeEvents) {
    this.#top = shape === "document" ? 0 : 1;
    this.limits = limits;
    this.#events = events;
    const parser = this.#parser;
    parser.on("attribute", () => {
      if (++this.#attributes > this.limits.attributes) throw tooMuch("too many attributes");
    });
    parser.on("opentag", (tag) => this.#open(tag as Tag));
    parser.on("closetag", () => this.#close());
    parser.on("text", (text) => this.#text(text));
    parser.on("cdata", (text) => {
      this.#text(text);
      // It may hold what looks like the next part's beginning. Within a part it is the part's own.
      if (this.#depth === this.#top + 1) this.#partFrom = parser.position;
    });
    // RFC 6120 §11.1.
    parser.on("comment", () => refuse("a comment"));
    parser.on("processinginstruction", () => refuse("a processing instruction"));
    parser.on("doctype", () => refuse("a document type"));
    parser.on("xmldecl", ({ version, encoding }) => {
      if (version !== "1.0") throw new StreamError("not-well-formed", "not XML 1.0");
      if (encoding !== undefined && !/^utf-8$/i.test(encoding))
        throw new StreamError("unsupported-encoding", "not UTF-8");
    });
  }

  /** Between two stanzas, with nothing begun. */
  get between(): boolean {
    return this.#top === 1 && this.#depth === 1 && this.#before === this.#began;
  }

  /** Of the stream that is open. */
  get header(): Element | undefined {
    return this.#header;
  }

  write(chunk: string): void {
    this.#chunk = chunk;
    try {
      this.#parser.write(chunk);
    } catch (error) {
      // What was whole before the error is read, however the bytes were cut; but not what its own end tag does not fit.
      if (!mismatch.test(String(error))) this.#release();
      throw error;
    }
    this.#release();
    if (this.#top === 1) this.#checkReference();
    this.#before += chunk.length;
    this.#chunk = "";
    if (this.#before - this.#began > this.limits.size) throw tooBig();
  }

  /** The document is at its end; the builder is ready for another. */
  end(): void {
    this.#parser.close();
    this.#before = this.#began = this.#partFrom = 0;
    this.#depth = 0;
  }

  /**
   * saxes looks for the end of a reference however far away it is, so that a lone "&" would hold back the stanza, and all
   * behind it. Its types hide where it keeps what it has of one; tcp.test.ts notices when that changes.
   */
  #checkReference(): void {
    if (!begunReference.test(this.#parser["entity"])) throw malformed("an ampersand that is no reference");
  }

  #release(): void {
    const done = this.#done;
    if (done === undefined) return;
    this.#done = undefined;
    if (done === "header") this.#events.closed?.();
    else this.#events.element(done);
  }

  #open({ name, attributes }: Tag): void {
    this.#release();
    this.#attributes = 0;
    if (++this.#depth > this.limits.depth) throw tooMuch("nested too deeply");
    const element = new Element(name);
    element.attrs = attributes;
    element.parent = this.#current ?? null;
    if (this.#depth <= this.#top) {
      checkNames(element, this.limits, undefined);
      this.#header = this.#current = element;
      this.#began = this.#partFrom = this.#parser.position;
      this.#events.opened?.(element);
      return;
    }
    if (this.#depth === this.#top + 1) {
      this.#elements = 0;
      element.parent = null;
      if (this.#header !== undefined) inherit(element, this.#header);
      this.#leans = element.attrs["xmlns"] !== ns.client;
      this.#partFrom = this.#parser.position;
    } else {
      this.#current!.children.push(element);
    }
    if (++this.#elements > this.limits.elements) throw tooMuch("too many elements");
    const leansOn = checkNames(
      element,
      this.limits,
      this.#depth > this.#top + 1 ? this.#depth - this.#top - 1 : undefined,
    );
    if (leansOn) this.#leans = true;
    this.#current = element;
  }

  #close(): void {
    const element = this.#current!;
    this.#depth--;
    if (this.#depth > this.#top) {
      if (this.#depth === this.#top + 1) this.#closePart(element);
      this.#current = element.parent!;
      return;
    }
    if (this.#depth < this.#top) {
      this.#release();
      this.#current = undefined;
      this.#done = "header";
      return;
    }
    const size = this.#parser.position - this.#began;
    if (size > this.limits.size) throw tooBig();
    this.#began = this.#parser.position;
    this.#current = this.#header;
    this.#done = element;
  }

  /** A stanza's own child is complete: note how it stood in the input. */
  #closePart(part: Element): void {
    const end = this.#parser.position;
    if (!this.#leans && this.#partFrom >= this.#before) {
      const from = this.#chunk.indexOf("<", this.#partFrom - this.#before);
      part.source = this.#chunk.slice(from, end - this.#before);
    }
    this.#partFrom = end;
    this.#leans = part.parent!.attrs["xmlns"] !== ns.client;
  }

  #text(text: string): void {
    if (this.#depth > this.#top) this.#current!.children.push(text);
    else if (text.trim() !== "") throw this.#depth < this.#top ? malformed("text outside") : textBetween();
    else this.#began = this.#parser.position; // white space keeps connections alive (RFC 6120 §4.6.1)
  }
}

/** What saxes says of an end tag that does not fit. */
const mismatch = /unexpected close tag/;
/** XML 1.0 §4.1, as far as it has come; nothing at all between references. */
const begunReference = /^(?:#(?:\d{0,16}|x[\da-fA-F]{0,16})|[A-Za-z]{0,4})$/;

function refuse(what: string): never {
  throw new StreamError("restricted-xml", what);
}

function textBetween(): StreamError {
  return new StreamError("bad-format", "text between stanzas");
}

function tooBig(): StreamError {
  return new StreamError("policy-violation", "stanza too big", detailOf("stanza-too-big", ns.policyErrors));
}

/** A stanza read apart from its stream takes along what the header declared. */
function inherit(element: Element, header: Element): void {
  for (const name in header.attrs) {
    if (name === "xmlns" || name.startsWith("xmlns:")) element.attrs[name] ??= header.attrs[name]!;
  }
}
