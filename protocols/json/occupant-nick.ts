// Commands about somebody in a room name the account or the nick; the core goes by the nick.
import { type ConversationId, Fault } from "#core";
import { Refusal } from "./faults.ts";
import type { JsonSession } from "./session.ts";

interface Who {
  readonly user?: string | undefined;
  readonly nick?: string | undefined;
}

export function nickOf({ core, names }: JsonSession, room: ConversationId, { user, nick }: Who): string {
  if ((user === undefined) === (nick === undefined))
    throw new Refusal("bad-request", "either user or nick must be given");
  if (nick !== undefined) return nick;
  const [occupant] = core.rooms.occupantsOf(room, names.user(user!));
  if (occupant === undefined) throw new Fault("not-found", "not in the room");
  return occupant.nick;
}
