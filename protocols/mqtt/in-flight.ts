// What we have sent at QoS 1 and 2 and the client has not finished: by packet identifier, in flat tables.

/** What the client owes for an identifier. `recording`: PUBREC came, and is being made durable before PUBREL. */
export const awaiting = { nothing: 0, puback: 1, pubrec: 2, recording: 3, pubcomp: 4 } as const;
export type Awaiting = (typeof awaiting)[keyof typeof awaiting];

const leastSlots = 16;
const idBytes = new Uint16Array(0);
const stateBytes = new Uint8Array(0);

/**
 * `T` says whom an acknowledgement is for (a queue position, a log entry, nobody). An identifier is never given twice
 * while it is in flight [MQTT-2.2.1-4]. The table has 2ⁿ slots, the identifier's low bits choose one; where two would
 * meet it doubles, up to four times the window. Identifiers are handed out in sequence, so two meet at that size only
 * when a client finished thousands of messages and left an older one: then the newer one waits, or takes another.
 */
export class InFlight<T> {
  /** 0: free. */
  #ids = idBytes;
  #states = stateBytes;
  #owed: (T | undefined)[] = [];
  readonly #mostSlots: number;
  #count = 0;
  #last = 0;

  /** `window`: how many are in flight at most; the caller keeps to it. */
  constructor(window: number) {
    this.#mostSlots = Math.max(leastSlots, Math.min(1 << 16, 1 << (34 - Math.clz32(Math.max(1, window - 1)))));
  }

  get count(): number {
    return this.#count;
  }

  /** `claim` goes on after this identifier. */
  startAfter(id: number): void {
    this.#last = id;
  }

  /** A free identifier, now in flight. */
  claim(state: Awaiting, owed: T | undefined): number {
    for (;;) {
      this.#last = this.#last === 0xffff ? 1 : this.#last + 1;
      if (this.claimAs(this.#last, state, owed)) return this.#last;
    }
  }

  /** Takes this very identifier; false while it, or the slot it would have, is taken. */
  claimAs(id: number, state: Awaiting, owed: T | undefined): boolean {
    for (;;) {
      const at = id & (this.#ids.length - 1);
      if (this.#ids[at] === 0) {
        this.#ids[at] = id;
        this.#states[at] = state;
        this.#owed[at] = owed;
        this.#count++;
        return true;
      }
      if (this.#ids[at] === id || this.#ids.length >= this.#mostSlots) return false;
      this.#grow();
    }
  }

  stateOf(id: number): Awaiting {
    const at = id & (this.#ids.length - 1);
    return this.#ids[at] === id ? (this.#states[at] as Awaiting) : awaiting.nothing;
  }

  /** Moves an identifier in flight on. */
  advance(id: number, state: Awaiting): void {
    const at = id & (this.#ids.length - 1);
    if (this.#ids[at] === id) this.#states[at] = state;
  }

  owedOf(id: number): T | undefined {
    const at = id & (this.#ids.length - 1);
    return this.#ids[at] === id ? this.#owed[at] : undefined;
  }

  /** The client has finished with it: the identifier is free, and what it was owed for is returned. */
  free(id: number): T | undefined {
    const at = id & (this.#ids.length - 1);
    if (this.#ids[at] !== id) return undefined;
    const owed = this.#owed[at];
    this.#ids[at] = 0;
    this.#owed[at] = undefined;
    this.#count--;
    return owed;
  }

  *entries(): Generator<{ readonly id: number; readonly state: Awaiting; readonly owed: T | undefined }> {
    for (let at = 0; at < this.#ids.length; at++) {
      if (this.#ids[at] !== 0) yield { id: this.#ids[at]!, state: this.#states[at] as Awaiting, owed: this.#owed[at] };
    }
  }

  #grow(): void {
    const size = Math.max(leastSlots, this.#ids.length * 2);
    const ids = new Uint16Array(size);
    const states = new Uint8Array(size);
    const owed = Array.from<T | undefined>({ length: size });
    for (let from = 0; from < this.#ids.length; from++) {
      const id = this.#ids[from]!;
      if (id === 0) continue;
      const at = id & (size - 1);
      ids[at] = id;
      states[at] = this.#states[from]!;
      owed[at] = this.#owed[from];
    }
    this.#ids = ids;
    this.#states = states;
    this.#owed = owed;
  }
}
