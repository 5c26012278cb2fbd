// Whether memory grows: what is kept when all garbage is collected, and what is resident, in the second tenth of a run and in
// its last. What is resident counts the collector's slack, too, which is as large as the last burst of work made it.
import { getHeapCodeStatistics } from "node:v8";

export interface Memory {
  /** Bytes of what lives: the heap but for machine code, and what hangs on it outside. */
  readonly retained: number;
  readonly resident: number;
}

export interface Change {
  readonly from: number;
  readonly to: number;
  /** 0.05: five percent more. */
  readonly share: number;
}

export interface Drift {
  readonly retained: Change;
  readonly resident: Change;
}

/** How often memory is looked at in a run; in a short one less often, since each time all garbage is collected. */
const looks = 60;
const least = 1_000;
/** Looks in a tenth of a run, for its median to mean something. */
const few = 4;

export class Growth {
  readonly #every: number;
  readonly #seen: { readonly n: number; readonly memory: Memory }[] = [];
  #next: number;

  /** Of a run of about so many. */
  constructor(total: number) {
    this.#every = Math.max(least, total / looks);
    this.#next = this.#every;
  }

  /** It is time to look at memory; not every n is asked about. */
  due(n: number): boolean {
    if (n < this.#next) return false;
    this.#next = n + this.#every;
    return true;
  }

  note(n: number, memory: Memory): void {
    this.#seen.push({ n, memory });
  }

  /** Undefined when the run was too short to tell. */
  result(): Drift | undefined {
    const end = this.#seen.at(-1)?.n ?? 0;
    const early = this.#seen.filter(({ n }) => n >= end / 10 && n <= end / 5);
    const late = this.#seen.filter(({ n }) => n >= end * 0.9);
    if (early.length < few || late.length < few) return undefined;
    const change = (of: (memory: Memory) => number): Change => {
      const [from, to] = [early, late].map((part) => median(part.map(({ memory }) => of(memory))));
      return { from: from!, to: to!, share: to! / from! - 1 };
    };
    return { retained: change(({ retained }) => retained), resident: change(({ resident }) => resident) };
  }
}

/** Of this thread, after all that is garbage went; in a process that lets itself be asked for that (`--expose-gc`). */
export function collected(): Memory {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage(); // `external` counts the array buffers, too
  // The engine translates one function after the other, the rarest after half an hour: so many megabytes that grow with our
  // functions and not with what came.
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics();
  return { retained: heapUsed + external - code - bytecode, resident: rss };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}
