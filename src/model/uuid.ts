// UUIDv7 (RFC 9562 §5.7): sorts by time, so that an index on it appends.
import type { MessageId } from "./ids.ts";

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const digit = Array.from({ length: 16 }, (_, value) => value.toString(16));

/** What follows the variant: seven bytes. */
function of(pool: Uint8Array, at: number): string {
  return (
    hex[pool[at]!]! + "-" + hex[pool[at + 1]!]! + hex[pool[at + 2]!]! + hex[pool[at + 3]!]! +
    hex[pool[at + 4]!]! + hex[pool[at + 5]!]! + hex[pool[at + 6]!]!
  ); // prettier-ignore
}

/** Below and above every message id. */
export const firstMid = "00000000-0000-0000-0000-000000000000" as MessageId;
export const lastMid = "ffffffff-ffff-ffff-ffff-ffffffffffff" as MessageId;

/** Makes UUIDv7s that ascend within the process; `random` fills a buffer with random bytes. */
export function uuidv7Source(random: (into: Uint8Array) => void): (nowMs: number) => MessageId {
  const pool = new Uint8Array(4096);
  let used = pool.length;
  let lastMs = 0;
  let counter = 0;
  let headMs = -1;
  let head = "";

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
    if (lastMs !== headMs) {
      headMs = lastMs;
      const time = lastMs.toString(16).padStart(12, "0");
      head = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    }
    const id = head + digit[counter >> 8]! + hex[counter & 0xff]! + "-" + hex[(pool[used]! & 0x3f) | 0x80]! + of(pool, used + 1); // prettier-ignore
    used += 8;
    return id as MessageId;
  };
}
