// What an account keeps beside its conversations: texts of front-ends', and settings that the core reads.
import type { Bus } from "../bus/bus.ts";
import type { AttentionSignal } from "../model/attention.ts";
import type { Clock } from "../ops/clock.ts";
import type { Accounts } from "../store/store.ts";
import { accountDataOver } from "./account-data.ts";
import { AttentionBook } from "./attention-book.ts";
import { PushBook } from "./push-book.ts";

export interface SettingsParts {
  readonly store: Pick<Accounts, "datum" | "data" | "putDatum">;
  readonly bus: Bus;
  readonly clock: Clock;
  /** For the account's own sessions here. */
  readonly tell: (signal: AttentionSignal) => void;
}

export function accountSettings({ store, bus, clock, tell }: SettingsParts) {
  const accountData = accountDataOver(store);
  const parts = { data: accountData, bus, clock };
  return { accountData, attention: new AttentionBook({ ...parts, tell }), pushes: new PushBook(parts) };
}
