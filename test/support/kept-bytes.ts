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

/** The same of what takes its time; what the waiting itself needs is part of it. */
export async function keptBytesAfter(work: () => Promise<unknown>): Promise<number> {
  await settle();
  const before = living();
  const kept = await work();
  await settle();
  const after = living();
  return kept === before ? 0 : after - before;
}

/** For what is still under way. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

function living(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
