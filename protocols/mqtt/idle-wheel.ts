// Keep alive without a timer for each connection: a wheel of seconds that looks at a connection when it may be due.
import type { Clock } from "#core";

export interface Watched {
  /** When something last came, Unix milliseconds. */
  readonly heardAt: number;
  /** Silence allowed, in milliseconds. */
  readonly patienceMs: number;
  /** Nothing came for longer than that. Called once. */
  silent(): void;
}

const turnMs = 1000;

/** Tells a connection that it has been silent, at most a second late. */
export class IdleWheel {
  readonly #clock: Clock;
  readonly #due = new Map<number, Set<Watched>>();
  readonly #slotOf = new Map<Watched, number>();
  #turned = 0;
  #stop: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#slotOf.size;
  }

  /** Seconds for which something is kept. */
  get slots(): number {
    return this.#due.size;
  }

  watch(connection: Watched): void {
    this.#place(connection);
    if (this.#stop !== undefined) return;
    this.#turned = Math.floor(this.#clock.now() / turnMs);
    this.#schedule();
  }

  forget(connection: Watched): void {
    const slot = this.#slotOf.get(connection);
    if (slot === undefined) return;
    this.#slotOf.delete(connection);
    const due = this.#due.get(slot);
    due?.delete(connection);
    if (due?.size === 0) this.#due.delete(slot); // or clients that come and go leave one for each second of a keep alive
    if (this.#slotOf.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #place(connection: Watched): void {
    const slot = Math.floor((connection.heardAt + connection.patienceMs) / turnMs) + 1;
    let due = this.#due.get(slot);
    if (due === undefined) this.#due.set(slot, (due = new Set()));
    due.add(connection);
    this.#slotOf.set(connection, slot);
  }

  #schedule(): void {
    this.#stop = this.#clock.after(turnMs, () => this.#turn());
  }

  #turn(): void {
    const now = this.#clock.now();
    const upTo = Math.floor(now / turnMs);
    // A clock that was set forward by hours: every slot is looked at once, not every second of those hours.
    for (const slot of upTo - this.#turned > this.#due.size ? [...this.#due.keys()] : range(this.#turned, upTo)) {
      if (slot <= upTo) this.#look(slot, now);
    }
    this.#turned = upTo;
    if (this.#slotOf.size > 0) this.#schedule();
    else this.#stop = undefined;
  }

  #look(slot: number, now: number): void {
    const due = this.#due.get(slot);
    if (due === undefined) return;
    this.#due.delete(slot);
    for (const connection of due) {
      this.#slotOf.delete(connection);
      if (now - connection.heardAt > connection.patienceMs) connection.silent();
      else this.#place(connection);
    }
  }
}

function range(after: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - after) }, (_, at) => after + 1 + at);
}
