// Marks of one batch, folded to one move for each account and conversation.
import type { ConversationId, UserId } from "../model/ids.ts";
import type { MarkAdvance } from "./store.ts";

export interface MarkMove {
  readonly user: UserId;
  readonly conversation: ConversationId;
  readonly delivered: number;
  readonly read: number;
  /** Of the last mark that moved something within the batch. */
  readonly at: number;
}

/** `read` implies `delivered`; nobody has received what is before the first entry. */
export function foldMarks(marks: readonly MarkAdvance[]): readonly MarkMove[] {
  const moves = new Map<string, MarkMove>();
  for (const { user, conversation, mark, seq, at } of marks) {
    const key = `${user.length} ${user}${conversation}`;
    const from = moves.get(key) ?? { user, conversation, delivered: 0, read: 0, at: 0 };
    const delivered = Math.max(from.delivered, seq);
    const read = mark === "read" ? Math.max(from.read, seq) : from.read;
    if (delivered > from.delivered || read > from.read) moves.set(key, { user, conversation, delivered, read, at });
  }
  return [...moves.values()];
}
