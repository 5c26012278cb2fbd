// What a piece of code keeps alive, when all that is garbage has gone.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
/** Until all is collected that is garbage now. */
export const collect = runInNewContext("gc") as () => void;

/** Bytes of the heap that live because of what this returns, or of what it left elsewhere. */
export function keptBytes(work: () => unknown): number {
  const before = living();
  const kept = work();
  const after = living();
  // Alive until here.
  return kept === before ? 0 : after - before;
}

function living(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
