import { setTimeout as pause } from "node:timers/promises";

/** Resolves when nothing is outstanding, or when that has not changed for a while. */
export async function settled(outstanding: () => number): Promise<void> {
  let best = Infinity;
  let since = performance.now();
  while (outstanding() > 0 && performance.now() - since < 20_000) {
    if (outstanding() < best) {
      best = outstanding();
      since = performance.now();
    }
    await pause(20);
  }
}
