// An account is removed, here or on another node, or by a command beside the server: nothing of it goes on.
import type { Bus } from "../bus/bus.ts";
import { Fault } from "../model/fault.ts";
import type { UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import { nodesKey } from "../sessions/interests.ts";
import type { Registry } from "../sessions/registry.ts";
import type { Accounts as AccountStore } from "../store/store.ts";
import type { AccountBook } from "./account-book.ts";

export interface RemovalParts {
  readonly bus: Bus;
  readonly book: AccountBook;
  readonly registry: Registry;
  readonly store: Pick<AccountStore, "account" | "datum" | "putDatum">;
  readonly clock: Clock;
  /** Ends the account's sessions on this node, for good. */
  endAll(user: UserId, fault: Fault): void;
  /** Ends the account's sessions on this node but the one of that id; their devices are remembered as ever. */
  endOthers(user: UserId, fault: Fault, spared: string | undefined, attachedBefore?: number): void;
  /** What its devices subscribed to is no more. */
  forget(user: UserId): void;
}

/** When the account's keys were changed last, and by which session. */
interface Rekeyed {
  readonly at: number;
  readonly spared?: string | undefined;
}

const rekeyedDatum = "core/rekeyed";

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

  /** It has other keys: every node is told, and what a node does not hear it reads later. */
  async rekeyed(user: UserId, spared: string | undefined): Promise<void> {
    const kept: Rekeyed = { at: this.#parts.clock.now(), spared };
    await this.#parts.store.putDatum(user, rekeyedDatum, JSON.stringify(kept));
    const payload = JSON.stringify({ user, spared });
    this.#parts.bus.announce([nodesKey], { type: "control", name: "rekeyed", payload });
    this.heardRekeyed(user, spared);
  }

  heardRekeyed(user: UserId, spared: string | undefined, attachedBefore?: number): void {
    const fault = new Fault("revoked", "the password was changed", { ends: "connection" });
    this.#parts.endOthers(user, fault, spared, attachedBefore);
  }

  /** Another node, or a command, says so. The store knows: one that was made anew meanwhile stays. */
  async heard(user: UserId): Promise<void> {
    this.#parts.book.forget(user);
    if ((await this.#parts.store.account(user)) === undefined) this.#letGo(user);
  }

  /** The news may have been lost: are those who are connected here still there, and came they in by the keys of today? */
  async resync(): Promise<void> {
    const users = new Set([...this.#parts.registry.all()].map(({ user }) => user));
    for (const user of users) {
      await this.heard(user);
      const kept = await this.#parts.store.datum(user, rekeyedDatum);
      if (kept === undefined) continue;
      const { at, spared } = JSON.parse(kept) as Rekeyed;
      this.heardRekeyed(user, spared, at);
    }
  }

  #letGo(user: UserId): void {
    this.#parts.book.forget(user);
    this.#parts.endAll(user, new Fault("unauthorized", "the account is gone", { ends: "connection" }));
    this.#parts.forget(user);
  }
}
