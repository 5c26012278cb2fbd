// XEP-0077 §10: some accounts from one address, and not a flood of them.
import { type Clock, Fault, isLoopback } from "#core";

const windowMs = 10 * 60_000;
/** Beyond as many addresses the one that was first here is forgotten. */
const addressesBound = 10_000;

export class RegistrationRate {
  readonly #clock: Pick<Clock, "now">;
  readonly #allowed: number;
  readonly #spent = new Map<string, { since: number; count: number }>();

  constructor(clock: Pick<Clock, "now">, allowed: number) {
    this.#clock = clock;
    this.#allowed = allowed;
  }

  /** Fault: rate-limited. Loopback is exempt, since a reverse proxy speaks for many. */
  spend(address: string): void {
    if (isLoopback(address)) return;
    const now = this.#clock.now();
    let spent = this.#spent.get(address);
    if (spent === undefined || now - spent.since > windowMs) {
      if (this.#spent.size >= addressesBound) this.#spent.delete(this.#spent.keys().next().value!);
      this.#spent.set(address, (spent = { since: now, count: 0 }));
    }
    if (++spent.count > this.#allowed)
      throw new Fault("rate-limited", "too many accounts from one address", { retryAfterMs: windowMs });
  }
}
