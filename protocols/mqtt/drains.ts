// Which sessions have something to send: each drained once at the end of the tick that woke it.

export interface Drainable {
  drain(): void;
}

/** Runs what a tick has woken, in order, when its own work is done; the links then write once. */
export class Drains {
  #woken: Drainable[] = [];
  readonly #after: () => void;

  /** `after` is called when a round is through. */
  constructor(after: () => void) {
    this.#after = after;
  }

  /** The caller asks once until it is drained. */
  schedule(session: Drainable): void {
    if (this.#woken.push(session) === 1) queueMicrotask(this.now);
  }

  /** Drains what is woken so far: a chunk of thousands of packets would fill an outbox before the tick is over. */
  readonly now = (): void => {
    if (this.#woken.length === 0) return;
    const woken = this.#woken;
    this.#woken = [];
    for (const session of woken) session.drain();
    this.#after();
  };
}
