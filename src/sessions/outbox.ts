// What waits for one device's socket. Bounded in rows and bytes; what happens at the bound is its owner's choice.
import type { Delivery } from "../model/event.ts";

export interface OutboxBounds {
  readonly rows: number;
  readonly bytes: number;
}

/** A queue that knows how full it is. Taking is O(1) per delivery, and a drained outbox keeps no memory. */
export class Outbox {
  readonly #bounds: OutboxBounds;
  #rows: Delivery[] = none;
  #head = 0;
  #bytes = 0;

  constructor(bounds: OutboxBounds) {
    this.#bounds = bounds;
  }

  get length(): number {
    return this.#rows.length - this.#head;
  }

  /** Rows that fit before the bound; 0 when either bound is reached. */
  get room(): number {
    return this.#bytes >= this.#bounds.bytes ? 0 : Math.max(0, this.#bounds.rows - this.length);
  }

  /** 0 when empty, 1 at the bound. */
  get fullness(): number {
    return Math.max(this.length / this.#bounds.rows, this.#bytes / this.#bounds.bytes);
  }

  /** Whether it is so full, or fuller. */
  reaches(fullness: number): boolean {
    return this.length >= this.#bounds.rows * fullness || this.#bytes >= this.#bounds.bytes * fullness;
  }

  push(delivery: Delivery): void {
    // Most hold one at a time: an array that grows from nothing makes room for seventeen.
    if (this.#rows === none) this.#rows = [delivery];
    else this.#rows.push(delivery);
    this.#bytes += weightOf(delivery);
  }

  take(max: number): readonly Delivery[] {
    if (max >= this.length && this.#head === 0) {
      const all = this.#rows;
      this.#rows = none;
      this.#bytes = 0;
      return all;
    }
    const taken = this.#rows.slice(this.#head, this.#head + Math.max(0, max));
    this.#head += taken.length;
    for (const delivery of taken) this.#bytes -= weightOf(delivery);
    if (this.#head > 1024 && this.#head * 2 > this.#rows.length) {
      this.#rows.splice(0, this.#head);
      this.#head = 0;
    }
    return taken;
  }

  clear(): void {
    this.#rows = none;
    this.#head = 0;
    this.#bytes = 0;
  }
}

/** Nothing waits: one for all. */
const none: Delivery[] = []; // never changed

const perEvent = 160; // what an event and its delivery cost besides their content, roughly

function weightOf({ event }: Delivery): number {
  if (event.type === "entry") return perEvent + (event.body?.length ?? 0) + (event.bytes?.length ?? 0);
  if (event.type === "publication") return perEvent + event.payload.length + event.topic.length;
  return perEvent;
}
