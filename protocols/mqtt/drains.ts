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
    if (this.#woken.push(session) === 1) queueMicrotask(this.#run);
  }

  readonly #run = (): void => {
    const woken = this.#woken;
    this.#woken = [];
    for (const session of woken) session.drain();
    this.#after();
  };
}
