// How long judging may take: a server that answers nothing must not keep its judge for ever.
import { TimedOut, within } from "./clients/arrivals.ts";

export interface Bounds {
  /** A check that takes longer has failed. */
  readonly checkMs: number;
  /** For leaving behind what a check opened; what takes longer is left to the server. */
  readonly closingMs: number;
  /** Of a suite's checks together. */
  readonly suiteMs: number;
  /** When as many first checks of a suite all ran out of time, no other is begun. */
  readonly firstChecks: number;
}

const usual: Bounds = { checkMs: 20_000, closingMs: 5_000, suiteMs: 6 * 60_000, firstChecks: 8 };

/** The time a suite takes of one server, and whether to go on. */
export class SuiteTime {
  readonly #bounds: Bounds;
  #spentMs = 0;
  #checks = 0;
  #timedOut = 0;

  constructor(bounds: Partial<Bounds> = {}) {
    this.#bounds = { ...usual, ...bounds };
  }

  /** Why no other check is begun; undefined: go on. */
  get over(): string | undefined {
    const { firstChecks, suiteMs } = this.#bounds;
    if (this.#timedOut === firstChecks && this.#checks === firstChecks)
      return `the suite was stopped: its first ${firstChecks} checks all ran out of time`;
    return this.#spentMs > suiteMs ? `the suite was stopped after ${suiteMs / 60_000} minutes` : undefined;
  }

  /** Runs a check, and `close` whatever came of it; gives what it threw. */
  async spend(check: () => Promise<void>, close: () => Promise<void>): Promise<unknown> {
    const { checkMs, closingMs } = this.#bounds;
    const began = performance.now();
    let failure: unknown;
    try {
      await within(check(), checkMs, "the check did not end");
    } catch (error) {
      failure = error;
    }
    await within(close(), closingMs, "closing did not end").catch(() => {});
    this.#spentMs += performance.now() - began;
    this.#checks++;
    if (failure instanceof TimedOut) this.#timedOut++;
    return failure;
  }
}
