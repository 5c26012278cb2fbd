// An account is removed, here or on another node, or by a command beside the server: nothing of it goes on.
import type { Bus } from "../bus/bus.ts";
import { Fault } from "../model/fault.ts";
import type { UserId } from "../model/ids.ts";
import { nodesKey } from "../sessions/interests.ts";
import type { Registry } from "../sessions/registry.ts";
import type { Accounts as AccountStore } from "../store/store.ts";
import type { AccountBook } from "./account-book.ts";

export interface RemovalParts {
  readonly bus: Bus;
  readonly book: AccountBook;
  readonly registry: Registry;
  readonly store: Pick<AccountStore, "account">;
  /** Ends the account's sessions on this node, for good. */
  endAll(user: UserId, fault: Fault): void;
  /** Ends the account's sessions on this node but the one of that id; their devices are remembered as ever. */
  endOthers(user: UserId, fault: Fault, spared: string | undefined): void;
  /** What its devices subscribed to is no more. */
  forget(user: UserId): void;
}

export class Removals {
  readonly #parts: RemovalParts;

  constructor(parts: RemovalParts) {
    this.#parts = parts;
  }

  /** The store has removed it: every node is told. */
  removed(user: UserId): void {
    this.#parts.bus.announce([nodesKey], { type: "control", name: "removed", payload: JSON.stringify({ user }) });
    this.#letGo(user);
  }

  /** It has other keys: every node is told. */
  rekeyed(user: UserId, spared: string | undefined): void {
    const payload = JSON.stringify({ user, spared });
    this.#parts.bus.announce([nodesKey], { type: "control", name: "rekeyed", payload });
    this.heardRekeyed(user, spared);
  }

  heardRekeyed(user: UserId, spared: string | undefined): void {
    this.#parts.endOthers(user, new Fault("revoked", "the password was changed", { ends: "connection" }), spared);
  }

  /** Another node, or a command, says so. The store knows: one that was made anew meanwhile stays. */
  async heard(user: UserId): Promise<void> {
    this.#parts.book.forget(user);
    if ((await this.#parts.store.account(user)) === undefined) this.#letGo(user);
  }

  /** The news may have been lost: are those who are connected here still there? */
  async resync(): Promise<void> {
    const users = new Set([...this.#parts.registry.all()].map(({ user }) => user));
    for (const user of users) await this.heard(user);
  }

  #letGo(user: UserId): void {
    this.#parts.book.forget(user);
    this.#parts.endAll(user, new Fault("unauthorized", "the account is gone", { ends: "connection" }));
    this.#parts.forget(user);
  }
}
