// Payloads outlive the chunk they came in: in outboxes, in the retained store. What they keep alive is bounded here.

const slabSize = 8 * 1024;
const small = 2 * 1024;
/** Short runs are cheaper without a call into native code. */
const byHand = 48;

/**
 * Copies small payloads side by side. A view of the chunk would be cheaper by the copy, but a five-byte retained
 * message would keep a chunk of 64 KB for as long as it lives; so it keeps 8 KB at most, shared with its neighbours.
 */
export class Payloads {
  #slab = Buffer.allocUnsafeSlow(slabSize);
  #at = 0;

  keep(buffer: Buffer, start: number, end: number): Buffer {
    const length = end - start;
    if (length > small) return buffer.subarray(start, end);
    if (this.#at + length > slabSize) {
      this.#slab = Buffer.allocUnsafeSlow(slabSize);
      this.#at = 0;
    }
    const slab = this.#slab;
    const from = this.#at;
    if (length > byHand) buffer.copy(slab, from, start, end);
    else for (let i = 0; i < length; i++) slab[from + i] = buffer[start + i]!;
    this.#at = from + length;
    return slab.subarray(from, this.#at);
  }
}
