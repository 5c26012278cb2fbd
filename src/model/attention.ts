// How much of a conversation is to call for its account's attention: a setting of the account's own, for all its devices.
import type { Memo } from "./event.ts";
import type { ConversationId, DeviceId, UserId } from "./ids.ts";

export const attentionLevels = ["all", "mentions", "none"] as const;

export interface Attention {
  readonly level: (typeof attentionLevels)[number];
  /** Unix milliseconds; from then on it is as if nothing had been set. */
  readonly until?: number | undefined;
}

/** The account has set it anew, or (undefined) has no wish any more; for all its sessions. */
export interface AttentionSignal extends Memo {
  readonly type: "signal";
  readonly name: "attention";
  readonly user: UserId;
  readonly conversation: ConversationId;
  readonly attention: Attention | undefined;
  /** The session that set it, and its device. */
  readonly by?: string | undefined;
  readonly byDevice?: DeviceId | undefined;
}
