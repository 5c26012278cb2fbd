// What this front-end keeps about rooms: where each session is, and who stands how with a room.
import type { Affiliation, ConversationId, UserId } from "#core";
import type { XmppServer } from "./server.ts";
import { slot } from "./slot.ts";

export interface Occupancy {
  nick: string;
}

/** The rooms a session is in. */
export const occupancies = slot(() => new Map<ConversationId, Occupancy>());

/** A session is in no more rooms than this. */
export const mostRooms = 200;

const affiliations = new WeakMap<XmppServer, Map<ConversationId, ReadonlyMap<UserId, Affiliation>>>();
const bound = 1000;

/** Reads who stands how with the room; the printing of its presence goes by this. */
export async function learnAffiliations(server: XmppServer, room: ConversationId): Promise<void> {
  const members = await server.core.rooms.members(room);
  let known = affiliations.get(server);
  if (known === undefined) affiliations.set(server, (known = new Map()));
  known.delete(room);
  if (known.size >= bound) known.delete(known.keys().next().value!);
  known.set(room, new Map(members.map(({ user, affiliation }) => [user, affiliation])));
}

export function affiliationOf(server: XmppServer, room: ConversationId, user: UserId): Affiliation {
  return affiliations.get(server)?.get(room)?.get(user) ?? "none";
}

/** §5.1: who governs moderates; everybody else speaks. */
export function roleOf(affiliation: Affiliation): "moderator" | "participant" {
  return affiliation === "owner" || affiliation === "admin" ? "moderator" : "participant";
}
