// Which conversations an account has muted: kept with the account, read when somebody asks.
import type { Bus } from "../bus/bus.ts";
import type { AccountData, Attentions, Session } from "../core.ts";
import type { Attention, AttentionSignal } from "../model/attention.ts";
import type { ConversationId, UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import { userKey } from "../sessions/interests.ts";

const prefix = "core/attention/";

export interface AttentionParts {
  readonly data: AccountData;
  readonly bus: Bus;
  readonly clock: Clock;
  /** For the account's own sessions here. */
  tell(signal: AttentionSignal): void;
}

export class AttentionBook implements Attentions {
  readonly #parts: AttentionParts;

  constructor(parts: AttentionParts) {
    this.#parts = parts;
  }

  async list(user: UserId): Promise<ReadonlyMap<ConversationId, Attention>> {
    const now = this.#parts.clock.now();
    const kept = await this.#parts.data.list(user, prefix);
    const set = kept.map(({ name, value }) => [name.slice(prefix.length), JSON.parse(value)] as [ConversationId, Attention]); // prettier-ignore
    return new Map(set.filter(([, { until = Infinity }]) => until > now));
  }

  async set(user: UserId, conversation: ConversationId, attention: Attention | undefined, by?: Session): Promise<void> {
    const value = attention && JSON.stringify({ level: attention.level, until: attention.until });
    await this.#parts.data.put(user, prefix + conversation, value);
    const about = { user, conversation, attention, by: by?.id, byDevice: by?.device };
    const signal: AttentionSignal = { type: "signal", name: "attention", ...about };
    this.#parts.tell(signal);
    this.#parts.bus.announce([userKey(user)], signal);
  }
}
