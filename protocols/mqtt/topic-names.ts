// Topic names read from the wire: checked once, and one string for each, so that maps keyed by topic need not hash it again.
import { PacketFault } from "./faults.ts";
import { readText } from "./reader.ts";
import { reason } from "./reasons.ts";

const slots = 1024; // a power of two
const longest = 128;

interface Name {
  readonly bytes: Buffer;
  readonly text: string;
}

/**
 * Direct-mapped: a name that falls on another's slot takes it. At most 1,024 names of 128 bytes are kept, whoever
 * sends what.
 */
export class TopicNames {
  readonly #names: (Name | undefined)[] = Array.from({ length: slots });

  /** The topic name in these bytes (not empty). PacketFault when it is ill-formed UTF-8 or holds U+0000, `+` or `#`. */
  read(buffer: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > longest) return checked(buffer, start, end);
    let hash = length;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + buffer[at]!) | 0;
    const slot = (hash ^ (hash >>> 15)) & (slots - 1);
    const known = this.#names[slot];
    if (known !== undefined && known.bytes.length === length && same(known.bytes, buffer, start)) return known.text;
    const text = checked(buffer, start, end);
    // A copy: a view would keep the whole chunk it was read from, and a pooled copy a pool of 8 KB.
    const bytes = Buffer.allocUnsafeSlow(length);
    buffer.copy(bytes, 0, start, end);
    this.#names[slot] = { bytes, text };
    return text;
  }
}

function same(bytes: Buffer, buffer: Buffer, start: number): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== buffer[start + at]) return false;
  return true;
}

function checked(buffer: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (buffer[at] === 0x23 || buffer[at] === 0x2b)
      throw new PacketFault(reason.topicNameInvalid, "wildcard in a topic name"); // [MQTT-3.3.2-2]
  }
  return readText(buffer, start, end);
}
