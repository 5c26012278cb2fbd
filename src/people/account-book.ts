// Which accounts exist, remembered for a while so that a message to a known peer asks no store.
import type { UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { Accounts } from "../store/store.ts";

const freshMs = 60_000;
const bound = 100_000;

export class AccountBook {
  readonly #store: Pick<Accounts, "account">;
  readonly #clock: Clock;
  readonly #isGuest: (user: UserId) => boolean;
  readonly #seen = new Map<UserId, number>();

  /** `isGuest`: an address elsewhere that somebody speaks for here is as good as an account. */
  constructor(store: Pick<Accounts, "account">, clock: Clock, isGuest: (user: UserId) => boolean = () => false) {
    this.#store = store;
    this.#clock = clock;
    this.#isGuest = isGuest;
  }

  /** True when the account was there lately. */
  knows(user: UserId): boolean {
    const seen = this.#seen.get(user);
    return seen === undefined ? this.#isGuest(user) : this.#clock.now() - seen < freshMs;
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
