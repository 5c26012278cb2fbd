// Questions about logs.
import type { Envelope } from "../../model/event.ts";
import type { ConversationId, OriginId, UserId } from "../../model/ids.ts";
import { keyOf, type State } from "./state.ts";

export function read(state: State, conversation: ConversationId, after: number, limit: number): readonly Envelope[] {
  const from = Math.max(after, 0);
  return state.logs.get(conversation)?.entries.slice(from, from + limit) ?? [];
}

export function readBefore(
  state: State,
  conversation: ConversationId,
  before: number,
  limit: number,
): readonly Envelope[] {
  const entries = state.logs.get(conversation)?.entries ?? [];
  const end = Math.min(Math.max(before - 1, 0), entries.length);
  return entries.slice(Math.max(end - limit, 0), end);
}

export function find(
  state: State,
  conversation: ConversationId,
  author: UserId,
  originId: OriginId,
): Envelope | undefined {
  return (
    state.origins.get(keyOf(author, conversation, originId)) ??
    state.heldOrigins.get(keyOf(author, originId))?.get(conversation)?.envelope
  );
}
