// Whether memory grows: what is resident after the warm-up, and at the end.

export interface Drift {
  readonly from: number;
  readonly to: number;
  /** 0.05: five percent more. */
  readonly share: number;
}

/** The first fifth of a run is its warm-up. */
const warmUp = 0.2;
const samples = 40;

/**
 * Medians of the first third after the warm-up and of the last third: one sample would tell when garbage was last
 * collected. `resident` is this process's own when not said.
 */
export function drift(
  total: number,
  resident: () => number = () => process.memoryUsage.rss(),
): { note(n: number): void; result(): Drift } {
  const every = Math.max(1, Math.floor((total * (1 - warmUp)) / (samples * 3)));
  const found: number[] = [];
  let next = total * warmUp;
  return {
    // Not every n is told of.
    note: (n) => {
      if (n < next) return;
      next = n + every;
      globalThis.gc?.();
      found.push(resident());
    },
    result: () => {
      const from = median(found.slice(0, samples));
      const to = median(found.slice(-samples));
      return { from, to, share: to / from - 1 };
    },
  };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}
