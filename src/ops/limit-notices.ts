// Tells the log which limit bites: a client that is refused at a bound can be told why, but not what an operator would change.
import type { Clock } from "./clock.ts";
import type { Logger } from "./log.ts";
import type { Counter } from "./metrics.ts";
import { refusals } from "./refusals.ts";

/** One line for each limit in this time, however often it bites: who attacks must not fill the log. */
const everyMs = 10_000;

/** The setting that an operator would change, by what counts its refusals. Wrong passwords and access rules are no limits. */
const limits: readonly (readonly [counted: Counter, setting: string])[] = [
  [refusals.connections, "limits.connections"],
  [refusals.connectionsPerAddress, "limits.connections_per_address"],
  [refusals.loginThrottle, "limits.login_failures_per_account, limits.login_failures_per_address"],
  [refusals.loginRate, "limits.logins_per_second_per_address"],
  [refusals.messageRate, "limits.messages_per_second"],
  [refusals.byteRate, "limits.bytes_per_second"],
  [refusals.topic, "limits.topic_levels, limits.topic_bytes"],
  [refusals.subscriptions, "limits.subscriptions"],
  [refusals.retained, "limits.retained_messages, limits.retained_bytes"],
  [refusals.kept, "limits.kept_topics"],
  [refusals.queue, "limits.queue_messages, limits.queue_bytes"],
  [refusals.slow, "limits.outbox_rows, limits.outbox_bytes"],
  [refusals.outbox, "limits.outbox_rows, limits.outbox_bytes"],
];

/** Writes a line for each limit that has bitten since the last look, until it is disposed. */
export function noticeLimits(log: Logger, clock: Clock): Disposable {
  const watched = limits.map(([counted, setting]) => new Notice(counted, setting));
  let cancel = (): void => undefined;
  const look = (): void => {
    for (const one of watched) one.look(log);
    cancel = clock.after(everyMs, look);
  };
  cancel = clock.after(everyMs, look);
  return { [Symbol.dispose]: () => cancel() };
}

class Notice {
  readonly #counted: Counter;
  readonly #setting: string;
  #seen: number;

  constructor(counted: Counter, setting: string) {
    this.#counted = counted;
    this.#setting = setting;
    this.#seen = counted.value;
  }

  look(log: Logger): void {
    const times = this.#counted.value - this.#seen;
    if (times === 0) return;
    this.#seen += times;
    log.warn({ what: "limit_reached", setting: this.#setting, times }, "clients were refused, or waited, at a limit");
  }
}
