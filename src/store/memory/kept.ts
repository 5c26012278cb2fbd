// Logs of topics: listed, and shortened from their beginning.
import { type ConversationId, kindOf } from "../../model/ids.ts";
import { lastPruned, type PruneBounds, type TopicLog } from "../kept.ts";
import type { State } from "./state.ts";

export async function* topicLogs(state: State): AsyncIterable<readonly TopicLog[]> {
  const topics = [...state.logs].filter(([conversation]) => kindOf(conversation) === "topic");
  yield topics.flatMap(([conversation, { entries, pruned }]) => {
    const first = entries[pruned];
    return first === undefined ? [] : [{ conversation, first: first.seq, firstAt: first.at, head: entries.length }];
  });
}

export function prune(state: State, conversation: ConversationId, bounds: PruneBounds): number {
  const log = state.logs.get(conversation);
  if (log === undefined) return 0;
  const last = lastPruned(log.entries.slice(log.pruned, log.pruned + bounds.limit), log.entries.length, bounds);
  if (last === 0) return 0;
  const removed = last - log.pruned;
  log.pruned = last;
  for (const uses of state.heldOrigins.values()) {
    const seq = uses.get(conversation)?.envelope?.seq;
    if (seq !== undefined && seq <= last) uses.delete(conversation);
  }
  return removed;
}
