// So much a second, with some saved up: what is spent beyond it is a debt to wait for.
import type { Clock } from "./clock.ts";

export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #most: number;
  #saved: number;
  #at: number;

  /** `most` can be saved up, and is there at first. */
  constructor(clock: Clock, perSecond: number, most = perSecond) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#most = most;
    this.#saved = most;
    this.#at = clock.now();
  }

  /** Spends, whether it is there or not; returns the milliseconds until the debt is paid, 0 without one. */
  spend(amount: number): number {
    this.#earn();
    this.#saved -= amount;
    return this.#saved >= 0 ? 0 : Math.ceil((-this.#saved / this.#perSecond) * 1000);
  }

  /** Spends one, if it is there. */
  take(): boolean {
    this.#earn();
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }

  /** Nothing has been spent lately: a new one would be the same. */
  get full(): boolean {
    this.#earn();
    return this.#saved >= this.#most;
  }

  #earn(): void {
    const now = this.#clock.now();
    // A clock that was set back earns nothing.
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#perSecond;
    this.#saved = Math.min(this.#most, this.#saved + earned);
    this.#at = now;
  }
}
