// Accounts that nobody may log in to until they are enabled again. Their keys wait here: those in their place are nobody's.
import type { Account } from "../model/account.ts";
import type { UserId } from "../model/ids.ts";
import type { Accounts } from "../store/store.ts";

const prefix = "core/disabled/";
const mostListed = 10_000;

export class DisabledAccounts {
  readonly #store: Pick<Accounts, "datum" | "data" | "putDatum">;
  /** Whose datum it is: the tenant's. */
  readonly #owner: UserId;

  constructor(store: Pick<Accounts, "datum" | "data" | "putDatum">, host: string) {
    this.#store = store;
    this.#owner = host as UserId;
  }

  async keysOf(user: UserId): Promise<Account["keys"] | undefined> {
    const kept = await this.#store.datum(this.#owner, prefix + user);
    return kept === undefined ? undefined : (JSON.parse(kept) as Account["keys"]);
  }

  async has(user: UserId): Promise<boolean> {
    return (await this.keysOf(user)) !== undefined;
  }

  /** Undefined: it is disabled no more, or gone. */
  put(user: UserId, keys: Account["keys"] | undefined): Promise<void> {
    return this.#store.putDatum(this.#owner, prefix + user, keys && JSON.stringify(keys));
  }

  async list(): Promise<readonly UserId[]> {
    const kept = await this.#store.data(this.#owner, prefix, mostListed);
    return kept.map(({ name }) => name.slice(prefix.length) as UserId);
  }
}
