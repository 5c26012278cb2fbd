// Questions about logs.
import type { Envelope } from "../../model/event.ts";
import type { ConversationId, MessageId, OriginId, UserId } from "../../model/ids.ts";
import { holds } from "../../model/words.ts";
import type { SearchQuery } from "../search.ts";
import { nowOf } from "./append.ts";
import { keyOf, type State } from "./state.ts";

export function read(state: State, conversation: ConversationId, after: number, limit: number): readonly Envelope[] {
  const log = state.logs.get(conversation);
  const from = Math.max(after, log?.pruned ?? 0);
  return log?.entries.slice(from, from + limit) ?? [];
}

export function readBefore(
  state: State,
  conversation: ConversationId,
  before: number,
  limit: number,
): readonly Envelope[] {
  const { entries = [], pruned = 0 } = state.logs.get(conversation) ?? {};
  const end = Math.min(Math.max(before - 1, 0), entries.length);
  return entries.slice(Math.max(end - limit, pruned), end);
}

export function find(
  state: State,
  conversation: ConversationId,
  author: UserId,
  originId: OriginId,
): Envelope | undefined {
  const found =
    state.origins.get(keyOf(author, conversation, originId)) ??
    state.heldOrigins.get(keyOf(author, originId))?.get(conversation)?.envelope;
  return found && nowOf(state, found);
}

export function entry(state: State, conversation: ConversationId, mid: MessageId): Envelope | undefined {
  const found = state.entryOfMid.get(mid);
  return found?.conversation === conversation ? nowOf(state, found) : undefined;
}

export function pins(state: State, conversation: ConversationId, limit: number): readonly Envelope[] {
  const entries = state.logs.get(conversation)?.entries ?? [];
  const last = new Map<number, Envelope>();
  for (const pin of entries) if (pin.kind === "pin") last.set(pin.relation!.target!.seq, pin);
  const stands = ({ relation }: Envelope): boolean =>
    relation!.pinned === true && entries[relation!.target!.seq - 1]?.retracted === undefined;
  return [...last.values()]
    .filter(stands)
    .sort((one, other) => one.seq - other.seq)
    .slice(0, limit);
}

export function search(state: State, query: SearchQuery): readonly Envelope[] | undefined {
  const { of, words, after, before, fromEnd, limit } = query;
  const logs = [...state.logs].filter(([conversation, log]) =>
    "conversation" in of ? conversation === of.conversation : log.members.get(of.account)?.joined === true,
  );
  // Ids begin with their time: sorted by them, several logs are in the order in which they were written.
  const entries = logs.flatMap(([, log]) => log.entries.slice(log.pruned));
  if (!("conversation" in of)) entries.sort((one, other) => (one.mid < other.mid ? -1 : 1));
  const place = (mid: string): number => entries.findIndex((entry) => entry.mid === mid);
  const low = after === undefined ? -1 : place(after);
  const high = before === undefined ? entries.length : place(before);
  if ((after !== undefined && low < 0) || high < 0) return undefined;
  const found = entries.slice(low + 1, high).filter(({ body }) => body !== undefined && holds(body, words));
  return fromEnd ? found.slice(Math.max(0, found.length - limit)) : found.slice(0, limit);
}
