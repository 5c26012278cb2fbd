// Logs of topics, which are kept for a time: where each begins, and its beginning taken away.
import type { ConversationId } from "../model/ids.ts";

export interface TopicLog {
  readonly conversation: ConversationId;
  /** Seq and time of the first entry there is. */
  readonly first: number;
  readonly firstAt: number;
  readonly head: number;
}

export interface PruneBounds {
  /** Entries written before are too old; Unix milliseconds. */
  readonly before: number;
  /** Entries at most. */
  readonly keep: number;
  /** Entries removed at once, so that nobody waits long. */
  readonly limit: number;
}

export interface KeptLogs {
  /** Every topic that has a log. */
  topicLogs(): AsyncIterable<readonly TopicLog[]>;
  /**
   * Removes entries from the beginning of a log, those that are too old or too many, up to the first that is neither.
   * The last entry stays whatever its age: the next one's seq is one above it. Returns how many went. Readers who ask for
   * what is gone get what follows it.
   */
  prune(conversation: ConversationId, bounds: PruneBounds): Promise<number>;
}

/** Of a log's first entries, in order: the last that goes; 0: none does. */
export function lastPruned(
  first: readonly { readonly seq: number; readonly at: number }[],
  head: number,
  { before, keep }: PruneBounds,
): number {
  let last = 0;
  for (const { seq, at } of first) {
    if (seq === head || (at >= before && seq > head - keep)) break;
    last = seq;
  }
  return last;
}
