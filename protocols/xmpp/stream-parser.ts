// Characters of a stream that stays open to its elements, fed in any pieces. A stanza that is whole goes by the fast road;
// what that is not sure of, and what comes in pieces, is the tree builder's.
import { streamErrorFrom } from "./codec.ts";
import { StreamError } from "./faults.ts";
import { elementAt, endOfLast, isPlain } from "./quick-parse.ts";
import { TreeBuilder, type TreeEvents, type XmlLimits } from "./tree-builder.ts";
import { Utf8Stream } from "./utf8-stream.ts";

/** Anything it throws is a StreamError, and final. */
export class StreamParser {
  /** Gives each element before it reads what follows, as far as that can be told by `>`: so that `hold` is in time. */
  stepwise = false;
  /** Leaves everything to the tree builder. */
  strictly = false;
  readonly #events: TreeEvents;
  #builder: TreeBuilder;
  #decoder = new Utf8Stream();
  /** Not parsed yet, from `#at` on. */
  #text = "";
  #at = 0;
  /** What `isPlain` says of it; undefined before it is asked. */
  #plain: boolean | undefined;
  #held = false;
  #parsing = false;

  constructor(limits: XmlLimits, events: TreeEvents) {
    this.#events = events;
    this.#builder = new TreeBuilder("stream", limits, events);
  }

  set limits(limits: XmlLimits) {
    this.#builder.limits = limits;
  }

  /** Bytes are the first `length`, and not needed afterwards. */
  feed(chunk: string | Uint8Array, length = chunk.length): void {
    const text = typeof chunk === "string" ? chunk : this.#decoder.decode(asBuffer(chunk), length);
    const left = this.#text.length - this.#at;
    if (this.#held && left + text.length > this.#builder.limits.size)
      throw new StreamError("policy-violation", "too much before an answer");
    this.#text = left === 0 ? text : this.#text.slice(this.#at) + text;
    this.#at = 0;
    this.#plain = undefined;
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
      while (this.#at < this.#text.length && !this.#held) this.#readOn();
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
    this.#drop();
    this.#decoder = new Utf8Stream();
  }

  #readOn(): void {
    // Piece by piece, so that what follows the stanza may go by the fast road.
    if (!this.#builder.between) return this.#write(true);
    const from = this.#behindWhiteSpace();
    // It keeps a connection alive (RFC 6120 §4.6.1): saxes would collect it until a stanza comes.
    if (from === this.#text.length) {
      if (this.#at === 0) this.#events.blank?.();
      return this.#drop();
    }
    if (this.strictly || !this.#quick(from)) this.#write(this.stepwise);
  }

  #quick(from: number): boolean {
    const text = this.#text;
    const { limits, header } = this.#builder;
    const element = elementAt(text, from, (this.#plain ??= isPlain(text)), limits, header);
    // Next to a limit it is the builder's to say.
    if (element === undefined || endOfLast() - from > limits.size - 8) return false;
    if (endOfLast() === text.length) this.#drop();
    else this.#at = endOfLast();
    this.#events.element(element);
    return true;
  }

  #write(stepwise: boolean): void {
    this.#builder.write(this.#next(stepwise));
  }

  /** At most so much that a huge chunk meets the limit before it is parsed whole. */
  #next(stepwise: boolean): string {
    const text = this.#text;
    const from = this.#at;
    const end = stepwise ? text.indexOf(">", from) + 1 : 0;
    const to = Math.min(end === 0 ? text.length : end, from + this.#builder.limits.size + 1);
    const piece = from === 0 && to === text.length ? text : text.slice(from, to);
    if (to === text.length) this.#drop();
    else this.#at = to;
    return piece;
  }

  #behindWhiteSpace(): number {
    let at = this.#at;
    while (whiteSpace[this.#text.charCodeAt(at)] === 1) at++;
    return at;
  }

  #drop(): void {
    this.#text = "";
    this.#at = 0;
  }
}

const whiteSpace = new Uint8Array(33);
for (const character of " \t\r\n") whiteSpace[character.charCodeAt(0)] = 1;

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
