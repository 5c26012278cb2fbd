// What the core offers on muting; a part of `core.ts`.
import type { Session } from "./core.ts";
import type { Attention } from "./model/attention.ts";
import type { ConversationId, UserId } from "./model/ids.ts";

/** Nothing is kept from anybody: clients do not ring, and push services are not told. All sessions hear an AttentionSignal. */
export interface Attentions {
  /** What is set and still holds. */
  list(user: UserId): Promise<ReadonlyMap<ConversationId, Attention>>;
  /** Undefined: as if nothing had been set. Durable when it resolves. Faults: quota-exceeded. */
  set(user: UserId, conversation: ConversationId, attention: Attention | undefined, by?: Session): Promise<void>;
}
