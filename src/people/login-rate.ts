// Logins of one address in a second, right or wrong: each costs a look into the store, and some a key derivation (P7).
import type { Clock } from "../ops/clock.ts";
import { TokenBucket } from "../ops/token-bucket.ts";

export interface LoginRateOptions {
  /** 0: as many as come. */
  readonly perSecond: number;
  /** Addresses that are not counted: a proxy on this machine speaks for many. */
  exempt(remote: string): boolean;
}

/** As many as come in ten seconds may come at once: a site reconnects after its line was down. */
const burstS = 10;
/** Addresses counted at once; beyond it the oldest is forgotten. */
const bound = 100_000;

export class LoginRate {
  readonly #options: LoginRateOptions;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(options: LoginRateOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Counts one. */
  admits(remote: string): boolean {
    const { perSecond } = this.#options;
    if (perSecond === 0 || this.#options.exempt(remote)) return true;
    let bucket = this.#buckets.get(remote);
    if (bucket === undefined) {
      if (this.#buckets.size >= bound) this.#forgetOne();
      this.#buckets.set(remote, (bucket = new TokenBucket(this.#clock, perSecond, perSecond * burstS)));
    }
    return bucket.take();
  }

  /** The oldest; one that has nothing to say, if there is such among the oldest. */
  #forgetOne(): void {
    let looked = 0;
    for (const [remote, bucket] of this.#buckets) {
      if (bucket.full) return void this.#buckets.delete(remote);
      if (++looked === 16) break;
    }
    this.#buckets.delete(this.#buckets.keys().next().value!);
  }
}
