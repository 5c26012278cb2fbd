// Memory in which a tick's small messages become one write. The kernel mostly takes the bytes within the call, and
// then the same memory serves the next socket: a fan-out to 10,000 sockets allocates nothing for its bytes.
import { viewOf } from "./view.ts";

const slabBytes = 64 * 1024;

let memory = Buffer.allocUnsafeSlow(slabBytes).buffer;
let used = 0;
let kept = 0;

/** A place for `size` bytes, until `giveBack`; for longer after `keep`. */
export function claim(size: number): Buffer {
  if (size > slabBytes / 4) return Buffer.allocUnsafeSlow(size);
  if (used + size > slabBytes) {
    memory = Buffer.allocUnsafeSlow(slabBytes).buffer;
    used = 0;
    kept = 0;
  }
  used += size;
  return viewOf(memory, used - size, used);
}

/** Everything claimed since the last `giveBack` or `keep` is free again. */
export function giveBack(): void {
  used = kept;
}

/** Everything claimed stays its owner's. */
export function keep(): void {
  kept = used;
}
