// XEP-0198's two counters and the queue of what the client has not acknowledged. No sockets, no timers.
import { type ConversationId, ownText, type Spliced } from "#core";
import { detailOf, StreamError } from "./faults.ts";
import { ns } from "./namespaces.ts";

/** A place in a log that is acknowledged together with a stanza. */
export interface Place {
  readonly conversation: ConversationId;
  readonly seq: number;
  /** The acknowledgement may wait for others: each costs the room something. */
  readonly lazily?: boolean | undefined;
}

interface Unacked {
  readonly xml: string | Spliced;
  places: Place | Place[] | undefined;
}

const modulus = 2 ** 32;
/** Behind so many, one is not acknowledged in a moment, and keeps nothing of the chunk of input that parts of it were cut from. */
const soon = 32;

export class StreamManagement {
  readonly id: string;
  /** May be resumed, for so long. */
  readonly resumeMs: number;
  /** An `<r/>` of ours is out. */
  requested = false;
  /** The session's stanzas before this one are not counted. */
  readonly #base: number;
  /** Our stanzas the client has acknowledged. */
  #acked: number;
  #queue: Unacked[] = [];
  #head = 0;
  #places = 0;
  #size = 0;
  /** Where in the session's stanzas the client asked, not answered yet. */
  #requests: number[] = [];

  /** `received` is the session's count when the client enabled; `from` is where our own counting starts, in tests. */
  constructor(options: {
    readonly id: string;
    readonly resumeMs: number;
    readonly received: number;
    readonly from?: number;
  }) {
    this.id = options.id;
    this.resumeMs = options.resumeMs;
    this.#acked = options.from ?? 0;
    this.#base = options.received - (options.from ?? 0);
  }

  get resumable(): boolean {
    return this.resumeMs > 0;
  }

  /** Stanzas sent and not acknowledged. */
  get unacked(): number {
    return this.#queue.length - this.#head;
  }

  /** How long they are together: bytes, or characters. */
  get size(): number {
    return this.#size;
  }

  /** Whether some of them are log entries. */
  get owing(): boolean {
    return this.#places > 0;
  }

  /** What to put into `<a h/>`, when so many of the session's stanzas are handled: modulo 2^32 (XEP-0198 §4). */
  handled(done: number): number {
    return (done - this.#base) % modulus;
  }

  /** A stanza leaves; it brings an entry of a log, perhaps. */
  push(xml: string | Spliced, place?: Place): void {
    const lasting = typeof xml === "string" && this.unacked >= soon ? ownText(xml) : xml;
    this.#queue.push({ xml: lasting, places: place });
    this.#size += xml.length;
    if (place !== undefined) this.#places++;
  }

  /** The place counts as acknowledged once everything sent before is; false when that is so already. */
  cover(place: Place): boolean {
    if (this.unacked === 0) return false;
    const last = this.#queue[this.#queue.length - 1]!;
    if (last.places === undefined) last.places = place;
    else if (Array.isArray(last.places)) last.places.push(place);
    else last.places = [last.places, place];
    this.#places++;
    return true;
  }

  /** The client has handled `h` stanzas, modulo 2^32. Calls with every place that this acknowledges, in order. */
  acknowledge(h: number, each: (place: Place) => void): void {
    this.requested = false;
    const count = (((h - this.#acked) % modulus) + modulus) % modulus;
    if (count > this.unacked) {
      if (count > modulus / 2) return; // an older one, late
      const sent = String((this.#acked + this.unacked) % modulus);
      const detail = detailOf("handled-count-too-high", ns.sm, { h: String(h), "send-count": sent });
      throw new StreamError("undefined-condition", "acknowledged more than was sent", detail);
    }
    for (let n = 0; n < count; n++) {
      const { xml, places } = this.#queue[this.#head + n]!;
      this.#size -= xml.length;
      if (Array.isArray(places)) places.forEach(each);
      else if (places !== undefined) each(places);
      this.#places -= Array.isArray(places) ? places.length : Number(places !== undefined);
    }
    this.#acked += count;
    this.#head += count;
    if (this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** What to send again after a resumption, oldest first. */
  again(): (string | Spliced)[] {
    return this.#queue.slice(this.#head).map((unacked) => unacked.xml);
  }

  /** The client asks; to be answered when all that came before is handled. */
  request(begun: number): void {
    this.#requests.push(begun);
  }

  /** How many requests can be answered now that so many stanzas are handled. */
  answerable(done: number): number {
    let count = 0;
    while (count < this.#requests.length && this.#requests[count]! <= done) count++;
    if (count > 0) this.#requests.splice(0, count);
    return count;
  }

  /** Nobody is there to acknowledge anything soon. */
  cut(): void {
    this.#queue = this.#queue
      .slice(this.#head)
      .map(({ xml, places }) => ({ xml: typeof xml === "string" ? ownText(xml) : xml, places }));
    this.#head = 0;
  }

  /** Requests that died with their stream. */
  forgetRequests(): void {
    this.#requests = [];
    this.requested = false;
  }
}
