// What this front-end keeps about rooms: where each session is, what the rooms are like, and who stands how with them.
import { type Affiliation, type ConversationId, type Room, type RoomSettings, settingsOf, type UserId } from "#core";
import type { XmppServer } from "./server.ts";
import { serverSlot } from "./server-slot.ts";
import type { XmppSession } from "./session.ts";
import { slot } from "./slot.ts";

export interface Occupancy {
  nick: string;
}

/** The rooms a session is in. */
export const occupancies = slot(() => new Map<ConversationId, Occupancy>());

/** A session is in no more rooms than this. */
export const mostRooms = 200;

interface KnownRoom {
  readonly settings: RoomSettings;
  readonly affiliations: ReadonlyMap<UserId, Affiliation>;
}

const roomsOf = serverSlot(() => new Map<ConversationId, KnownRoom>());
const bound = 1000;

/** Reads what the room is like; the printing of its presence goes by this. */
export async function learnRoom(server: XmppServer, id: ConversationId): Promise<Room | undefined> {
  const room = await server.core.rooms.find(id);
  if (room === undefined) return undefined;
  const members = await server.core.rooms.members(id);
  const known = roomsOf(server);
  known.delete(id);
  if (known.size >= bound) known.delete(known.keys().next().value!);
  const affiliations = new Map(members.map(({ user, affiliation }) => [user, affiliation]));
  known.set(id, { settings: settingsOf(room), affiliations });
  return room;
}

/** What the room is like, as far as known here. */
export function settingsKnown(server: XmppServer, room: ConversationId): RoomSettings {
  return roomsOf(server).get(room)?.settings ?? settingsOf({});
}

export function affiliationOf(server: XmppServer, room: ConversationId, user: UserId): Affiliation {
  return roomsOf(server).get(room)?.affiliations.get(user) ?? "none";
}

/** Who has that affiliation alone, and is not there, would come in so (§5.1.3). */
export function roleOf(affiliation: Affiliation): "moderator" | "participant" {
  return affiliation === "owner" || affiliation === "admin" ? "moderator" : "participant";
}

/** §13.9: whether this session sees which account an occupant is. */
export function seesAddresses(session: XmppSession, room: ConversationId): boolean {
  if (settingsKnown(session.server, room).addresses === "anyone") return true;
  const { user, device } = session;
  return session.server.core.rooms.occupant(room, user, device)?.role === "moderator";
}
