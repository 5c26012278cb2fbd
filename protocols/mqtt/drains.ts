// Which sessions have something to send: each drained once at the end of the tick that woke it.
import { beforeFlush } from "#core";

export interface Drainable {
  drain(): void;
}

/** Packets handled before those they were meant for are sent something: thousands would fill an outbox before the tick is over. */
const atOnce = 128;
/** Memory for more than this is not kept for the next round. */
const roomy = 4096;

/** Runs what a tick has woken, in order, when its own work is done; the links then write once. */
export class Drains {
  #woken: (Drainable | undefined)[] = [];
  #count = 0;
  /** The memory of the round before: an array that grows anew each time costs more than its use. */
  #spare: (Drainable | undefined)[] = [];
  #fed = 0;
  /** Packets are being handled, each of which is counted. */
  #feeding = false;
  readonly #after: () => void;

  /** `after` is called when a round is through. */
  constructor(after: () => void) {
    this.#after = after;
  }

  /** The caller asks once until it is drained. */
  schedule(session: Drainable): void {
    this.#woken[this.#count++] = session;
    if (this.#count > 1) return;
    // A microtask costs more than all that a packet does (docs/decisions/0063-beside-the-streams.md); but who is not
    // counted may come again before the tick is over.
    if (this.#feeding) beforeFlush(this.now);
    else queueMicrotask(this.now);
  }

  /** A packet is about to be handled; `fed` is called when it and those behind it have been. */
  feed(): void {
    this.#feeding = true;
    if (this.#fed++ === atOnce) this.now();
  }

  fed(): void {
    this.#feeding = false;
  }

  /** Drains what is woken so far. */
  readonly now = (): void => {
    this.#fed = 0;
    const count = this.#count;
    if (count === 0) return;
    const woken = this.#woken;
    this.#woken = this.#spare;
    this.#spare = []; // should a round begin within this one
    this.#count = 0;
    for (let at = 0; at < count; at++) {
      const session = woken[at]!;
      woken[at] = undefined;
      session.drain();
    }
    this.#spare = woken.length > roomy ? [] : woken;
    this.#after();
  };
}
