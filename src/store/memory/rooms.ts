// Rooms and their members.
import type { Affiliation, Member, Room } from "../../model/conversation.ts";
import type { ConversationId, UserId } from "../../model/ids.ts";
import { moveMark } from "./positions.ts";
import { logOf, type State } from "./state.ts";

export function createRoom(state: State, room: Room, owner: UserId): boolean {
  if (state.rooms.has(room.id)) return false;
  state.rooms.set(room.id, { ...room });
  putMember(state, room.id, { user: owner, affiliation: "owner", joined: true });
  return true;
}

export function updateRoom(state: State, room: Room): void {
  const old = state.rooms.get(room.id);
  const { title, open, listed, settings } = room;
  if (old !== undefined) state.rooms.set(room.id, { ...old, title, open, listed, ...(settings && { settings }) });
}

export function removeRoom(state: State, id: ConversationId): boolean {
  if (!state.rooms.delete(id)) return false;
  for (const entry of state.logs.get(id)?.entries ?? []) state.entryOfMid.delete(entry.mid);
  state.logs.delete(id);
  for (const [key, entry] of state.origins) if (entry.conversation === id) state.origins.delete(key);
  for (const uses of state.heldOrigins.values()) uses.delete(id);
  for (const cursors of state.cursors.values()) cursors.delete(id);
  return true;
}

export function rooms(state: State, host: string, limit: number): readonly Room[] {
  return [...state.rooms.values()]
    .filter((room) => room.id.endsWith(`@${host}`))
    .sort((one, other) => (one.id < other.id ? -1 : 1))
    .slice(0, limit);
}

export function member(state: State, id: ConversationId, user: UserId): Member | undefined {
  return state.logs.get(id)?.members.get(user);
}

export function members(state: State, id: ConversationId): readonly Member[] {
  return [...(state.logs.get(id)?.members.values() ?? [])];
}

export function putMember(state: State, id: ConversationId, { user, affiliation, joined, nick, reason }: Member): void {
  const log = logOf(state, id);
  const reserved = nick ?? log.members.get(user)?.nick;
  const joins = joined && log.members.get(user)?.joined !== true;
  if (isNobody(affiliation, joined)) log.members.delete(user);
  else {
    const more = { ...(reserved !== undefined && { nick: reserved }), ...(reason !== undefined && { reason }) };
    log.members.set(user, { user, affiliation, joined, ...more });
  }
  if (!joins) return;
  const last = log.entries.at(-1);
  if (last !== undefined) moveMark(log, user, { delivered: last.seq, read: 0, at: last.at });
  for (const [key, cursors] of state.cursors) {
    if ((JSON.parse(key) as string[])[0] === user) cursors.delete(id);
  }
}

function isNobody(affiliation: Affiliation, joined: boolean): boolean {
  return affiliation === "none" && !joined;
}
