// What a session was given as a member of shared subscriptions, until it acknowledges it: the rest goes to others.
import type { Delivery, Publication } from "../model/event.ts";

/** What is not stored. */
export interface Lease {
  readonly publication: Publication;
  readonly share: string;
  readonly qos: 1 | 2;
}

/**
 * By the number that names the delivery (`TopicTerms.queued`): above 0 the position in the session's queue in the
 * store, below what is nowhere else.
 */
export class Leases {
  readonly #held = new Map<number, Lease | undefined>();
  readonly #settle: ((number: number) => void) | undefined;
  #last = 0;
  /** Positions up to this one have been taken by the front-end: they may be on their way. */
  takenTo = 0;
  #takenLive = 0;
  /** Of the positions up to this one, those that are not held were acknowledged, or lost on their way here. */
  settledTo = 0;

  /** `settle`: for a front-end that tells of no acknowledgements, a delivery is acknowledged once it is taken. */
  constructor(settle: ((number: number) => void) | undefined) {
    this.#settle = settle;
  }

  get size(): number {
    return this.#held.size;
  }

  add(lease: Lease): number {
    this.#held.set(--this.#last, lease);
    return this.#last;
  }

  /** An entry of the session's queue. */
  note(position: number): void {
    this.#held.set(position, undefined);
  }

  has(number: number): boolean {
    return this.#held.has(number);
  }

  settle(number: number): void {
    this.#held.delete(number);
    if (number > this.settledTo) this.settledTo = number;
  }

  taken(deliveries: readonly Delivery[]): void {
    for (const { terms } of deliveries) {
      const number = terms?.queued;
      if (number === undefined) continue;
      if (number > this.takenTo) this.takenTo = number;
      if (number < this.#takenLive) this.#takenLive = number;
      this.#settle?.(number);
    }
  }

  /** What is not acknowledged nor stored, in order, and whether it was taken; forgets it. */
  end(): (Lease & { readonly taken: boolean })[] {
    const left = [...this.#held].flatMap(([number, lease]) =>
      lease === undefined ? [] : [{ ...lease, taken: number >= this.#takenLive }],
    );
    this.#held.clear();
    return left;
  }
}
