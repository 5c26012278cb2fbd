// Who may come into a room, under which nick, and as what.
import type { OccupantOptions } from "../core.ts";
import { defaultSettings, settingsOf } from "../model/conversation.ts";
import type { OccupantSignal } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import type { UserId } from "../model/ids.ts";
import { affiliationIn, type KnownRoom, mayEnter } from "../routing/room-cache.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import type { Occupants } from "./occupants.ts";
import { hatsOf, isAtLeast, roleOf } from "./room-rules.ts";

/** Whoever comes in may be in the room, and says its password unless the room knows him. */
export function admit(known: KnownRoom, user: UserId, password: string | undefined): void {
  const affiliation = affiliationIn(known, user);
  const settings = known.room.settings === undefined ? defaultSettings : settingsOf(known.room);
  // §10.1.3: a room that is not configured yet is not there for anybody else.
  if (settings.locked && affiliation !== "owner") throw new Fault("not-found", "no such room");
  if (!mayEnter(known, user)) throw new Fault("forbidden", "not a member of the room");
  const asked = settings.password !== "" && known.members.get(user)?.joined !== true;
  if (asked && password !== settings.password) throw new Fault("unauthorized", "the room's password");
}

/** Nobody goes by the name of another, who is there or has reserved it. */
export function checkNick(known: KnownRoom, occupants: Occupants, user: UserId, nick: string): void {
  const used = occupants.named(known.room.id, nick).some((other) => other.user !== user);
  if (used || (known.reserved.get(nick) ?? user) !== user) throw new Fault("conflict", "the nick is taken");
}

/** What the room is told of the session; `before`: what it was there so far. Faults: as of `Rooms.enter`. */
export function entryOf(
  session: DeviceSession,
  { known, occupants, now }: { readonly known: KnownRoom; readonly occupants: Occupants; readonly now: number },
  before: OccupantSignal | undefined,
  options: OccupantOptions,
): OccupantSignal {
  const { id } = known.room;
  const { user, device } = session;
  if (before === undefined) admit(known, user, options.password);
  checkNick(known, occupants, user, options.nick);
  const affiliation = affiliationIn(known, user);
  const { maxOccupants, moderated, hats, presenceBroadcast } = settingsOf(known.room);
  const others = occupants.size(id) - Number(occupants.at(id, user, device) !== undefined);
  if (before === undefined && maxOccupants > 0 && others >= maxOccupants && !isAtLeast(affiliation, "admin"))
    throw new Fault("quota-exceeded", "the room is full");
  const renamed = before !== undefined && before.nick !== options.nick ? options.nick : undefined;
  const role = before?.role ?? roleOf({ moderated }, affiliation);
  return {
    type: "signal",
    name: "occupant",
    conversation: id,
    user,
    device,
    nick: renamed === undefined ? options.nick : before!.nick,
    renamed,
    present: true,
    show: options.show ?? "available",
    status: options.status,
    extensions: options.extensions,
    affiliation,
    role,
    hidden: presenceBroadcast.includes(role) ? undefined : true,
    hats: hatsOf({ hats }, user),
    since: before === undefined || renamed !== undefined ? now : before.since,
  };
}
