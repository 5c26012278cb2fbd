// Logs read as an archive: by time, by message id, in pages from either end; of one conversation, or of all direct ones.
import type { EntryKind, Envelope } from "../model/event.ts";
import type { ConversationId, MessageId, UserId } from "../model/ids.ts";

export interface ArchiveQuery {
  /**
   * One conversation, in its own order (P2); or all direct conversations of an account, in the order of the message ids,
   * which is that in which the nodes took the messages.
   */
  readonly of: { readonly conversation: ConversationId } | { readonly account: UserId };
  /** Of an account's: only these conversations, or all but these. */
  readonly only?: readonly ConversationId[] | undefined;
  readonly but?: readonly ConversationId[] | undefined;
  /** Written at that time or later, at that time or earlier; Unix milliseconds. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  /** Behind this entry, ahead of that one. */
  readonly after?: MessageId | undefined;
  readonly before?: MessageId | undefined;
  /** Exactly these, whatever else is asked for. */
  readonly ids?: readonly MessageId[] | undefined;
  /** The page begins behind this entry, or ends ahead of that one. */
  readonly pageAfter?: MessageId | undefined;
  readonly pageBefore?: MessageId | undefined;
  /** The page is the last of what matches rather than the first. */
  readonly fromEnd: boolean;
  readonly limit: number;
  /** Whether to count all that matches, on this page or not. */
  readonly counted: boolean;
}

export interface ArchivePage {
  /** In the archive's order, whichever end they were taken from. */
  readonly entries: readonly Envelope[];
  /** More matches in the direction of the page. */
  readonly more: boolean;
  readonly count?: number | undefined;
}

/** No part of an archive: who came and went is no message, nor is what is kept in view. */
export const unarchived: readonly EntryKind[] = ["membership", "pin"];

/** How far the clocks of nodes, and thereby ids and times, may be apart. */
const skewMs = 60_000;

export const firstMid = "00000000-0000-0000-0000-000000000000" as MessageId;
export const lastMid = "ffffffff-ffff-ffff-ffff-ffffffffffff" as MessageId;

/** Below every id that was given at that time or later, and above every other: ids begin with their time. */
function midAt(ms: number): MessageId {
  const hex = Math.min(Math.max(0, Math.floor(ms)), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000` as MessageId;
}

/** Ids between which everything lies that was written in that time; some of what lies there was not. */
export function midsWithin({ start, end }: Pick<ArchiveQuery, "start" | "end">): { low: MessageId; high: MessageId } {
  return {
    low: start === undefined ? firstMid : midAt(start - skewMs),
    high: end === undefined ? lastMid : midAt(end + skewMs + 1),
  };
}

/** The names of entries that the query leans on: unless all are there, nothing is found. */
export function midsOf({ after, before, ids, pageAfter, pageBefore }: ArchiveQuery): readonly MessageId[] {
  const named = [after, before, pageAfter, pageBefore, ...(ids ?? [])];
  return [...new Set(named.filter((mid) => mid !== undefined))];
}

/** A page of what was found in the direction of the page, one more than asked for when there is more. */
export function pageOf(found: readonly Envelope[], { limit, fromEnd }: ArchiveQuery): ArchivePage {
  const entries = found.slice(0, limit);
  return { entries: fromEnd ? entries.reverse() : entries, more: found.length > limit };
}

export function latest(one: MessageId, other: MessageId): MessageId {
  return one > other ? one : other;
}

export function earliest(one: MessageId, other: MessageId): MessageId {
  return one < other ? one : other;
}
