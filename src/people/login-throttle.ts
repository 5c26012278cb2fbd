// Wrong passwords are counted, by account and by address, and too many of them close the door for a while (P7).
import { Fault } from "../model/fault.ts";
import type { UserId } from "../model/ids.ts";
import { refusals } from "../ops/refusals.ts";
import type { Clock } from "../ops/clock.ts";

export interface LoginLimits {
  readonly perAccount: number;
  readonly perAddress: number;
  readonly windowMs: number;
}

/** Names counted at once; beyond it the oldest is forgotten, so that made-up names cost nothing. */
const bound = 100_000;

interface Count {
  failures: number;
  readonly until: number;
}

export class LoginThrottle {
  readonly #limits: LoginLimits;
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Count>();
  readonly #addresses = new Map<string, Count>();

  constructor(limits: LoginLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Fault `rate-limited` when the account or the address has failed too often within the window. */
  check(user: UserId, remote: string | undefined): void {
    const wait = Math.max(
      this.#waitFor(this.#accounts, user, this.#limits.perAccount),
      remote === undefined ? 0 : this.#waitFor(this.#addresses, remote, this.#limits.perAddress),
    );
    if (wait === 0) return;
    refusals.loginThrottle.add();
    throw new Fault("rate-limited", "too many wrong passwords", { retryAfterMs: wait });
  }

  failed(user: UserId, remote: string | undefined): void {
    this.#count(this.#accounts, user);
    if (remote !== undefined) this.#count(this.#addresses, remote);
  }

  #waitFor(counts: Map<string, Count>, name: string, limit: number): number {
    const count = counts.get(name);
    if (count === undefined) return 0;
    const left = count.until - this.#clock.now();
    if (left <= 0) counts.delete(name);
    return left > 0 && count.failures >= limit ? left : 0;
  }

  #count(counts: Map<string, Count>, name: string): void {
    const now = this.#clock.now();
    const count = counts.get(name);
    if (count !== undefined && count.until > now) {
      count.failures++;
      return;
    }
    counts.delete(name);
    if (counts.size >= bound) counts.delete(counts.keys().next().value!);
    counts.set(name, { failures: 1, until: now + this.#limits.windowMs });
  }
}
