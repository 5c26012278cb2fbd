// How far devices and accounts have come: cursors, marks, and the questions that join them with heads.
import type { ConversationId, DeviceId, UserId } from "../../model/ids.ts";
import { kindOf } from "../../model/ids.ts";
import type { MarkMove } from "../marks.ts";
import type { Backlog, ConversationState, CursorAdvance, MemberMarks } from "../store.ts";
import { headOf, keyOf, logOf, type ConversationLog, type State } from "./state.ts";

export function advance(state: State, { user, device, conversation, seq }: CursorAdvance): void {
  const key = keyOf(user, device);
  let cursors = state.cursors.get(key);
  if (cursors === undefined) state.cursors.set(key, (cursors = new Map()));
  cursors.set(conversation, Math.max(seq, cursors.get(conversation) ?? 0));
}

export function mark(state: State, { user, conversation, delivered, read, at }: MarkMove): void {
  moveMark(logOf(state, conversation), user, { delivered, read, at });
}

/** Moves the account's marks forward; a mark that would move back stays. */
export function moveMark(log: ConversationLog, user: UserId, to: Omit<MemberMarks, "user">): void {
  const from = log.marks.get(user) ?? { delivered: 0, read: 0, at: 0 };
  if (to.delivered <= from.delivered && to.read <= from.read) return;
  log.marks.set(user, {
    user,
    delivered: Math.max(from.delivered, to.delivered),
    read: Math.max(from.read, to.read),
    at: to.at,
  });
}

export function cursor(
  state: State,
  user: UserId,
  device: DeviceId,
  conversation: ConversationId,
  since?: number,
): number {
  const own = state.cursors.get(keyOf(user, device))?.get(conversation);
  if (own !== undefined) return own;
  const log = state.logs.get(conversation);
  const delivered = log?.marks.get(user)?.delivered ?? 0;
  if (since === undefined) return delivered;
  return log?.entries.findLast(({ seq, at }) => seq <= delivered && at < since)?.seq ?? 0;
}

export function marks(state: State, conversation: ConversationId): readonly MemberMarks[] {
  return [...(state.logs.get(conversation)?.marks.values() ?? [])];
}

export function backlog(state: State, user: UserId, device: DeviceId): readonly Backlog[] {
  return joinedBy(state, user)
    .map(([conversation]) => ({
      conversation,
      after: cursor(state, user, device, conversation),
      head: headOf(state, conversation),
    }))
    .filter(({ after, head }) => head > after);
}

export function conversations(state: State, user: UserId, limit: number): readonly ConversationState[] {
  return joinedBy(state, user)
    .map(([conversation, log]) => ({
      conversation,
      head: log.entries.length,
      lastAt: log.entries.at(-1)?.at ?? 0,
      marks: [...log.marks.values()].filter((one) => one.user === user || kindOf(conversation) === "direct"),
    }))
    .sort((one, other) => other.lastAt - one.lastAt)
    .slice(0, limit);
}

function joinedBy(state: State, user: UserId): readonly [ConversationId, ConversationLog][] {
  return [...state.logs].filter(([, log]) => log.members.get(user)?.joined === true);
}
