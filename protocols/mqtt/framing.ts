// Where a control packet ends: the fixed header and the remaining length (MQTT 5.0 §2.1), before anything is kept.
import { malformed, PacketFault } from "./faults.ts";
import { reason } from "./reasons.ts";

/** Which first bytes are acceptable: the packet types a client may send, with the flags each must have [MQTT-2.1.3-1]. */
export type FirstBytes = Uint8Array;

/** Nothing but a CONNECT [MQTT-3.1.0-1]. */
export const connectOnly: FirstBytes = acceptable([0x10]);
const publishes = Array.from({ length: 16 }, (_, flags) => 0x30 | flags).filter((byte) => (byte & 0x06) !== 0x06); // no QoS 3
const others = [0x10, 0x40, 0x50, 0x62, 0x70, 0x82, 0xa2, 0xc0, 0xe0];
/** MQTT 3.1 reserves no flags: those a packet has no use for say nothing. Tsung subscribes with none set (0x80). */
const whateverFlags = others.flatMap((byte) => Array.from({ length: 16 }, (_, flags) => (byte & 0xf0) | flags));
export const firstBytes = {
  3: acceptable([...publishes, ...whateverFlags]),
  4: acceptable([...publishes, ...others]),
  5: acceptable([...publishes, ...others, 0xf0]),
} as const;

/** The largest CONNECT we read: an address, a password or token and a will fit; a flood does not. */
export const connectLimit = 64 * 1024;

const leastCapacity = 512;

/**
 * Cuts one connection's bytes into packets. A packet that lies whole in a chunk is read where it lies; only one that
 * spans chunks is put together, in a buffer that grows with what has come and never with what was promised.
 */
export class Framer {
  /** The packet found by `next`: its first byte, and where its variable header and payload lie. */
  first = 0;
  buffer: Buffer = nothing;
  start = 0;
  end = 0;
  /** Largest packet, fixed header included. */
  limit = connectLimit;
  accept: FirstBytes = connectOnly;
  #chunk: Buffer = nothing;
  #at = 0;
  /** Of the chunk, in the memory it lies in. */
  #until = 0;
  #partial: Buffer | undefined;
  #filled = 0;
  /** Whole length of the partial packet; 0 while its header is not complete. */
  #total = 0;

  /** Bytes that `next` has not used yet. */
  get unread(): number {
    return this.#until - this.#at;
  }

  /** More bytes. Those not used yet stay before them (the reader had stopped, and the socket had more under way). */
  push(chunk: Buffer): void {
    this.#chunk = this.unread > 0 ? Buffer.concat([this.#chunk.subarray(this.#at, this.#until), chunk]) : chunk;
    this.#at = 0;
    this.#until = this.#chunk.length;
  }

  /** As `push`, of bytes that somebody else's follow in the same memory: `keep` must be called before they do. */
  lend(memory: Buffer, length: number): void {
    if (this.unread > 0) return this.push(Buffer.from(memory.subarray(0, length)));
    this.#chunk = memory;
    this.#at = 0;
    this.#until = length;
  }

  /** Takes what `next` has not used yet out of memory that was lent. */
  keep(): void {
    if (this.unread > 0) this.push(nothing);
    else this.#rest();
  }

  /** Finds the next whole packet. Throws a PacketFault as soon as what has come cannot become one. */
  next(): boolean {
    if (this.#partial !== undefined) return this.#fill();
    const chunk = this.#chunk;
    const at = this.#at;
    const available = this.#until - at;
    if (available === 0) return this.#rest();
    if (this.accept[chunk[at]!] === 0) throw this.#unacceptable(chunk[at]!);

    let length = 0;
    let bytes = 1;
    for (let shift = 0; ; shift += 7) {
      if (bytes === available) return this.#begin(0);
      const byte = chunk[at + bytes++]!;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) this.#longerThanNeeded();
        break;
      }
      if (shift === 21) throw malformed("remaining length of more than four bytes");
    }
    const total = bytes + length;
    if (total > this.limit) throw tooLarge();
    if (total > available) return this.#begin(total);
    this.first = chunk[at]!;
    this.buffer = chunk;
    this.start = at + bytes;
    this.end = this.#at = at + total;
    return true;
  }

  /** The chunk is used up: an idle connection keeps none of it. */
  #rest(): boolean {
    this.#chunk = this.buffer = nothing;
    this.#at = this.#until = 0;
    return false;
  }

  #begin(total: number): boolean {
    const rest = this.#chunk.subarray(this.#at, this.#until);
    const capacity = Math.max(leastCapacity, rest.length * 2);
    this.#partial = Buffer.allocUnsafeSlow(total === 0 ? leastCapacity : Math.min(total, capacity));
    this.#partial.set(rest);
    this.#filled = rest.length;
    this.#total = total;
    return this.#rest();
  }

  #fill(): boolean {
    while (this.#total === 0) {
      if (this.#at === this.#until) return this.#rest();
      this.#partial![this.#filled++] = this.#chunk[this.#at++]!;
      this.#total = this.#measure();
    }
    const wanted = Math.min(this.#total - this.#filled, this.#until - this.#at);
    if (this.#filled + wanted > this.#partial!.length) this.#grow(this.#filled + wanted);
    this.#chunk.copy(this.#partial!, this.#filled, this.#at, this.#at + wanted);
    this.#filled += wanted;
    this.#at += wanted;
    if (this.#filled < this.#total) return this.#rest();
    this.buffer = this.#partial!;
    this.first = this.buffer[0]!;
    this.start = 2;
    while (this.buffer[this.start - 1]! >= 0x80) this.start++;
    this.end = this.#total;
    this.#partial = undefined;
    return true;
  }

  /** Whole length of the partial packet, once its header is complete; 0 before. */
  #measure(): number {
    let length = 0;
    for (let at = 1, shift = 0; at < this.#filled; at++, shift += 7) {
      const byte = this.#partial![at]!;
      length |= (byte & 0x7f) << shift;
      if (byte >= 0x80) {
        if (shift === 21) throw malformed("remaining length of more than four bytes");
        continue;
      }
      if (byte === 0 && shift > 0) this.#longerThanNeeded();
      if (at + 1 + length > this.limit) throw tooLarge();
      return at + 1 + length;
    }
    return 0;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#total, Math.max(needed, this.#partial!.length * 2)));
    this.#partial!.copy(grown, 0, 0, this.#filled);
    this.#partial = grown;
  }

  /** 5.0 forbids it [MQTT-1.5.5-1]; before, some small clients write every length in as many bytes. */
  #longerThanNeeded(): void {
    if (this.accept === firstBytes[5]) throw malformed("remaining length in more bytes than needed");
  }

  #unacceptable(first: number): PacketFault {
    if (this.accept === connectOnly) return new PacketFault(reason.protocolError, "the first packet is not a CONNECT");
    return malformed(`unacceptable packet type or flags 0x${first.toString(16)}`);
  }
}

const nothing = Buffer.alloc(0);

function tooLarge(): PacketFault {
  return new PacketFault(reason.packetTooLarge, "packet larger than the maximum");
}

function acceptable(bytes: readonly number[]): FirstBytes {
  const table = new Uint8Array(256);
  for (const byte of bytes) table[byte] = 1;
  return table;
}
