// Characters to elements: a WebSocket frame is one document, a TCP stream is one that stays open.
import { Element } from "./element.ts";
import { StreamError } from "./faults.ts";
import { quickParse } from "./quick-parse.ts";
import { TreeBuilder, type TreeEvents, type XmlLimits } from "./tree-builder.ts";

export type { XmlLimits } from "./tree-builder.ts";

/** Limits for stanzas of up to so many bytes; small elements cost more than their text. */
export function limitsFor(size: number): XmlLimits {
  return { size, depth: 64, attributes: 128, namespaces: 32, elements: Math.min(10_000, Math.ceil(size / 16)) };
}

// One for all connections: a frame is parsed whole, within one call.
let shared: TreeBuilder | undefined;
let parsed: Element | undefined;
const lessThan = 0x3c;

/** The element a frame holds (RFC 7395 §3.3.3); undefined for one of white space alone. Throws StreamError. */
export function parseFrame(frame: string, limits: XmlLimits): Element | undefined {
  if (frame.length > limits.size || (frame.length * 3 > limits.size && Buffer.byteLength(frame) > limits.size)) {
    throw tooBigFrame(frame, limits);
  }
  if (frame.charCodeAt(0) !== lessThan && frame.trim() === "") return undefined;
  return quickParse(frame, limits) ?? strictParse(frame, limits);
}

/** The same without the fast road. */
export function strictParse(frame: string, limits: XmlLimits): Element | undefined {
  shared ??= new TreeBuilder("document", limits, {
    element: (element) => {
      parsed = element;
    },
  });
  shared.limits = limits;
  try {
    shared.write(frame);
    shared.end();
    return parsed;
  } catch (error) {
    shared = undefined;
    throw streamErrorFrom(error);
  } finally {
    parsed = undefined;
  }
}

/** The same for TCP, fed in any pieces. Anything it throws is a StreamError, and final. */
export class StreamParser {
  /** Gives each element before it reads what follows, as far as that can be told by `>`: so that `hold` is in time. */
  stepwise = false;
  readonly #events: TreeEvents;
  #builder: TreeBuilder;
  #decoder = new TextDecoder("utf-8", { fatal: true });
  /** Not parsed yet. */
  #text = "";
  #held = false;
  #parsing = false;

  constructor(limits: XmlLimits, events: TreeEvents) {
    this.#events = events;
    this.#builder = new TreeBuilder("stream", limits, events);
  }

  set limits(limits: XmlLimits) {
    this.#builder.limits = limits;
  }

  feed(chunk: string | Uint8Array): void {
    const text = typeof chunk === "string" ? chunk : this.#decode(chunk);
    if (this.#held && this.#text.length + text.length > this.#builder.limits.size)
      throw new StreamError("policy-violation", "too much before an answer");
    this.#text = this.#text === "" ? text : this.#text + text;
    if (!this.#held) this.go();
  }

  /** What follows waits for `go`. To be called from within an event. */
  hold(): void {
    this.#held = true;
  }

  go(): void {
    this.#held = false;
    // Called from within an event: whoever parses goes on by itself.
    if (this.#parsing) return;
    this.#parsing = true;
    try {
      while (this.#text !== "" && !this.#held) {
        // White space that keeps a connection alive (RFC 6120 §4.6.1): saxes would collect it until a stanza comes.
        if (this.#builder.between && whiteSpace.test(this.#text)) this.#text = "";
        else this.#builder.write(this.#next());
      }
    } catch (error) {
      throw streamErrorFrom(error);
    } finally {
      this.#parsing = false;
    }
  }

  /** The next thing is a new stream header (RFC 6120 §4.3.3). */
  restart(): void {
    this.#builder = new TreeBuilder("stream", this.#builder.limits, this.#events);
  }

  /** Throws away what is not parsed yet, half a character included. */
  discard(): void {
    this.#text = "";
    this.#decoder = new TextDecoder("utf-8", { fatal: true });
  }

  /** At most so much that a huge chunk meets the limit before it is parsed whole. */
  #next(): string {
    const text = this.#text;
    const end = this.stepwise ? text.indexOf(">") + 1 : 0;
    const step = Math.min(end === 0 ? text.length : end, this.#builder.limits.size + 1);
    this.#text = text.slice(step);
    return step === text.length ? text : text.slice(0, step);
  }

  #decode(chunk: Uint8Array): string {
    try {
      return this.#decoder.decode(chunk, { stream: true });
    } catch {
      const wide = (chunk[0] === 0xfe && chunk[1] === 0xff) || (chunk[0] === 0xff && chunk[1] === 0xfe);
      throw new StreamError(wide ? "unsupported-encoding" : "not-well-formed", "not UTF-8");
    }
  }
}

const whiteSpace = /^[ \t\r\n]+$/;

/** What is too big is still told apart from what is forbidden at any size. */
function tooBigFrame(frame: string, limits: XmlLimits): StreamError {
  try {
    new TreeBuilder("document", limits, { element: () => undefined }).write(frame.slice(0, limits.size + 1));
  } catch (error) {
    return streamErrorFrom(error);
  }
  return new StreamError("policy-violation", "frame too big");
}

// What saxes says where a declaration stands that has no place in a stanza: still a restricted feature.
const restricted = /doctype|^incorrect syntax/;

function streamErrorFrom(error: unknown): StreamError {
  if (error instanceof StreamError) return error;
  const message = error instanceof Error ? error.message : "";
  return new StreamError(restricted.test(message) ? "restricted-xml" : "not-well-formed", message.slice(0, 80));
}
