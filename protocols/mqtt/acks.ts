// The order of our acknowledgements: that of the packets they answer, whenever the store is done with each.
import type { AckByte } from "./encode.ts";
import type { ReasonCode } from "./reasons.ts";

export interface AckSink {
  /** Time to send this acknowledgement, or, with `first` 0, nothing: the packet asked for no answer. */
  acknowledge(first: AckByte | 0, messageId: number, reasonCode: ReasonCode): void;
}

const none32 = new Int32Array(0);
const none16 = new Int16Array(0);
const waiting = -1;
const leastSlots = 16; // a power of two, as every size is

/**
 * `Answers` for packet identifiers: a ring of numbers, since an acknowledgement is two of them, and nothing is
 * allocated for one. PUBACKs leave in the order of their PUBLISHes, PUBRECs too, PUBCOMPs in that of their PUBRELs
 * [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.6.0-4]. Bounded by the connection, which stops reading.
 */
export class Acks {
  readonly #sink: AckSink;
  /** Packet identifier << 8 | first byte. */
  #what = none32;
  /** -1 while unanswered. */
  #reason = none16;
  #head = 0;
  #tail = 0;

  constructor(sink: AckSink) {
    this.#sink = sink;
  }

  get pending(): number {
    return this.#tail - this.#head;
  }

  /** Takes a place in the order. With `first` 0 it only counts as unanswered. */
  begin(first: AckByte | 0, messageId: number): number {
    if (this.pending === this.#what.length) this.#grow();
    const at = this.#tail & (this.#what.length - 1);
    this.#what[at] = (messageId << 8) | first;
    this.#reason[at] = waiting;
    return this.#tail++;
  }

  /** The packet identifier this ticket answers; meaningless once it is settled. */
  idOf(ticket: number): number {
    return this.#what[ticket & (this.#what.length - 1)]! >>> 8;
  }

  firstOf(ticket: number): number {
    return this.#what[ticket & (this.#what.length - 1)]! & 0xff;
  }

  /** Answers it, and those that waited behind it. A second answer changes nothing. */
  settle(ticket: number, reasonCode: ReasonCode): void {
    if (ticket < this.#head || ticket >= this.#tail) return;
    const mask = this.#what.length - 1;
    if (this.#reason[ticket & mask] !== waiting) return;
    this.#reason[ticket & mask] = reasonCode;
    if (ticket !== this.#head) return;
    while (this.#head < this.#tail) {
      const at = this.#head & mask;
      const code = this.#reason[at]!;
      if (code === waiting) return;
      const what = this.#what[at]!;
      this.#head++;
      this.#sink.acknowledge((what & 0xff) as AckByte | 0, what >>> 8, code as ReasonCode);
    }
  }

  #grow(): void {
    const size = Math.max(leastSlots, this.#what.length * 2);
    const what = new Int32Array(size);
    const reason = new Int16Array(size);
    for (let ticket = this.#head; ticket < this.#tail; ticket++) {
      what[ticket & (size - 1)] = this.#what[ticket & (this.#what.length - 1)]!;
      reason[ticket & (size - 1)] = this.#reason[ticket & (this.#what.length - 1)]!;
    }
    this.#what = what;
    this.#reason = reason;
  }
}
