// Which accounts exist, remembered for a while so that a message to a known peer asks no store.
import type { UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { Accounts } from "../store/store.ts";

const freshMs = 60_000;
const bound = 100_000;

export class AccountBook {
  readonly #store: Pick<Accounts, "account">;
  readonly #clock: Clock;
  readonly #seen = new Map<UserId, number>();

  constructor(store: Pick<Accounts, "account">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** True when the account was there lately. */
  knows(user: UserId): boolean {
    const seen = this.#seen.get(user);
    return seen !== undefined && this.#clock.now() - seen < freshMs;
  }

  async exists(user: UserId): Promise<boolean> {
    if (this.knows(user)) return true;
    if ((await this.#store.account(user)) === undefined) return false;
    this.note(user);
    return true;
  }

  note(user: UserId): void {
    if (this.#seen.size >= bound) this.#seen.delete(this.#seen.keys().next().value!);
    this.#seen.set(user, this.#clock.now());
  }

  forget(user: UserId): void {
    this.#seen.delete(user);
  }
}
