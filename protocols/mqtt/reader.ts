// MQTT's data types read from a packet (MQTT 5.0 §1.5), strictly: what is truncated or ill-formed never gets past here.
import { isUtf8 } from "node:buffer";
import { malformed } from "./faults.ts";

export class Reader {
  at: number;
  readonly end: number;
  readonly buffer: Buffer;

  constructor(buffer: Buffer, start: number, end: number) {
    this.buffer = buffer;
    this.at = start;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    this.#need(1);
    return this.buffer[this.at++]!;
  }

  uint16(): number {
    this.#need(2);
    this.at += 2;
    return (this.buffer[this.at - 2]! << 8) | this.buffer[this.at - 1]!;
  }

  uint32(): number {
    return this.uint16() * 0x10000 + this.uint16();
  }

  /** At most four bytes, the shortest that fit [MQTT-1.5.5-1]. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (byte === 0 && shift > 0) throw malformed("variable byte integer longer than needed");
      return value;
    }
    throw malformed("variable byte integer of more than four bytes");
  }

  /** Well-formed UTF-8 without U+0000 [MQTT-1.5.4-1] [MQTT-1.5.4-2]; U+FEFF is kept [MQTT-1.5.4-3]. */
  string(): string {
    const length = this.uint16();
    this.#need(length);
    const start = this.at;
    this.at += length;
    return readText(this.buffer, start, this.at);
  }

  /** A copy: what is read here outlives the packet. */
  binary(): Buffer {
    const length = this.uint16();
    this.#need(length);
    this.at += length;
    return Buffer.from(this.buffer.subarray(this.at - length, this.at));
  }

  /** The rest of the packet, as another reader's ground. */
  within(length: number): Reader {
    this.#need(length);
    this.at += length;
    return new Reader(this.buffer, this.at - length, this.at);
  }

  #need(bytes: number): void {
    if (this.end - this.at < bytes) throw malformed("truncated field");
  }
}

/** The UTF-8 string in these bytes; PacketFault when it is none, or holds U+0000. */
export function readText(buffer: Buffer, start: number, end: number): string {
  let ascii = true;
  for (let at = start; at < end; at++) {
    const byte = buffer[at]!;
    if (byte === 0) throw malformed("U+0000 in a string");
    if (byte >= 0x80) ascii = false;
  }
  if (ascii) return buffer.toString("latin1", start, end);
  if (!isUtf8(buffer.subarray(start, end))) throw malformed("ill-formed UTF-8");
  return buffer.toString("utf8", start, end);
}
