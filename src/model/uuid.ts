// UUIDv7 (RFC 9562 §5.7): sorts by time, so that an index on it appends.
import type { MessageId } from "./ids.ts";

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Below and above every message id. */
export const firstMid = "00000000-0000-0000-0000-000000000000" as MessageId;
export const lastMid = "ffffffff-ffff-ffff-ffff-ffffffffffff" as MessageId;

/** Makes UUIDv7s that ascend within the process; `random` fills a buffer with random bytes. */
export function uuidv7Source(random: (into: Uint8Array) => void): (nowMs: number) => MessageId {
  const pool = new Uint8Array(4096);
  let used = pool.length;
  let lastMs = 0;
  let counter = 0;

  return (nowMs) => {
    if (used + 8 > pool.length) {
      random(pool);
      used = 0;
    }
    if (nowMs > lastMs) {
      lastMs = nowMs;
      counter = pool[used]! & 0x7f; // room to count up within one millisecond
    } else if (++counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
    const b = (at: number): string => hex[pool[used + at]!]!;
    const time = lastMs.toString(16).padStart(12, "0");
    const variant = hex[(pool[used]! & 0x3f) | 0x80]!;
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, "0")}-${variant}${b(1)}-${b(2)}${b(3)}${b(4)}${b(5)}${b(6)}${b(7)}`;
    used += 8;
    return id as MessageId;
  };
}
