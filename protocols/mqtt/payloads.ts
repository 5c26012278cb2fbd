// Payloads outlive the chunk they came in: in outboxes, in the retained store. What they keep alive is bounded here.
import { viewOf } from "#core";

const slabSize = 8 * 1024;
const small = 2 * 1024;
/** Up to this, copying by words is cheaper than a call into native code. */
const byHand = 96;

/**
 * Copies small payloads side by side. A view of the chunk would be cheaper by the copy, but a five-byte retained
 * message would keep a chunk of 64 KB for as long as it lives; so it keeps 8 KB at most, shared with its neighbours.
 */
export class Payloads {
  #slab!: Buffer;
  #memory!: ArrayBufferLike;
  #words!: Int32Array;
  #at = 0;
  /** The chunk that was read last, and where it lies: asking it costs a call each time. */
  #chunk: Buffer | undefined;
  #chunkMemory!: ArrayBufferLike;
  #chunkWords!: Int32Array;
  #chunkOffset = 0;

  constructor() {
    this.#renew();
  }

  keep(buffer: Buffer, start: number, end: number): Buffer {
    const length = end - start;
    if (length > small) return buffer.subarray(start, end);
    if (buffer !== this.#chunk) this.#turnTo(buffer);
    const offset = this.#chunkOffset + start;
    // As far from the beginning of a word as where it comes from.
    if (this.#at + length + 6 > slabSize) this.#renew();
    const from = ((this.#at + 3) & ~3) + (offset & 3);
    if (length > byHand) this.#slab.set(viewOf(this.#chunkMemory, offset, offset + length), from);
    else this.#copy(buffer, start, end, from);
    this.#at = from + length;
    return viewOf(this.#memory, from, this.#at);
  }

  #copy(buffer: Buffer, start: number, end: number, to: number): void {
    const slab = this.#slab;
    const words = this.#words;
    const chunkWords = this.#chunkWords;
    let at = start;
    let place = to;
    while (at < end && (place & 3) !== 0) slab[place++] = buffer[at++]!;
    const whole = (end - at) >> 2;
    const source = (this.#chunkOffset + at) >> 2;
    const target = place >> 2;
    for (let i = 0; i < whole; i++) words[target + i] = chunkWords[source + i]!;
    at += whole * 4;
    place += whole * 4;
    while (at < end) slab[place++] = buffer[at++]!;
  }

  #turnTo(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#chunkMemory = chunk.buffer;
    this.#chunkOffset = chunk.byteOffset;
    this.#chunkWords = wordsOf(this.#chunkMemory);
  }

  #renew(): void {
    this.#slab = Buffer.allocUnsafeSlow(slabSize);
    this.#memory = this.#slab.buffer;
    this.#words = wordsOf(this.#memory);
    this.#at = 0;
  }
}

function wordsOf(memory: ArrayBufferLike): Int32Array {
  return new Int32Array(memory, 0, memory.byteLength >> 2);
}
