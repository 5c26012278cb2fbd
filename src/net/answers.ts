// Answers leave in the order of the requests, though they settle in any order: the pipeline of a connection.

/** Holds answers back until all before them are there. Bounded by the caller, which stops reading at its bound. */
export class Answers<T> {
  readonly #emit: (answer: T) => void;
  #first = 0;
  #slots: (T | Pending | Silent)[] = [];

  constructor(emit: (answer: T) => void) {
    this.#emit = emit;
  }

  /** Requests that are begun and not yet answered in order. */
  get pending(): number {
    return this.#slots.length;
  }

  /** Takes a place in the order of answers. */
  begin(): number {
    return this.#first + this.#slots.push(pending) - 1;
  }

  /** Answers the request; emits it, and those it held back, when all before it are answered. */
  settle(ticket: number, answer: T): void {
    this.#fill(ticket, answer);
  }

  /** The request needs no answer; those after it need not wait for it. */
  skip(ticket: number): void {
    this.#fill(ticket, silent);
  }

  #fill(ticket: number, answer: T | Silent): void {
    const at = ticket - this.#first;
    if (at < 0 || at >= this.#slots.length) return;
    this.#slots[at] = answer;
    if (at > 0) return;
    let ready = 0;
    while (ready < this.#slots.length && this.#slots[ready] !== pending) ready++;
    const answers = this.#slots.splice(0, ready);
    this.#first += ready;
    for (const next of answers) if (next !== silent) this.#emit(next as T);
  }
}

const pending: unique symbol = Symbol("pending");
const silent: unique symbol = Symbol("silent");
type Pending = typeof pending;
type Silent = typeof silent;
