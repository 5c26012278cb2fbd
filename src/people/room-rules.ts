// Who may do what in a room: XEP-0045 §5 in the core's words, as pure functions of what is known.
import type { AffiliationChange } from "../core.ts";
import {
  type Affiliation,
  allRoles,
  type Hat,
  type Role,
  type RoomSettings,
  settingsOf,
} from "../model/conversation.ts";
import type { OccupantSignal } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import type { UserId } from "../model/ids.ts";
import { affiliationIn, type KnownRoom } from "../routing/room-cache.ts";

const rank: Readonly<Record<Affiliation, number>> = { outcast: 0, none: 1, member: 2, admin: 3, owner: 4 };
const roleRank: Readonly<Record<Role, number>> = { visitor: 1, participant: 2, moderator: 3 };

/** The hats of an account; undefined for a bare head. */
export function hatsOf({ hats }: Pick<RoomSettings, "hats">, user: UserId): readonly Hat[] | undefined {
  const worn = hats.filter((hat) => hat.user === user);
  return worn.length === 0 ? undefined : worn;
}

export function sameHats(one: readonly Hat[] = [], other: readonly Hat[] = []): boolean {
  return (
    one.length === other.length &&
    one.every(({ uri, title }, at) => uri === other[at]!.uri && title === other[at]!.title)
  );
}

/** Lists of roles have one order, and each role once. */
export function tidied(settings: Partial<RoomSettings>): Partial<RoomSettings> {
  const { presenceBroadcast } = settings;
  if (presenceBroadcast === undefined) return settings;
  return { ...settings, presenceBroadcast: allRoles.filter((role) => presenceBroadcast.includes(role)) };
}

/** The role of one who comes in. */
export function roleOf(settings: Pick<RoomSettings, "moderated">, affiliation: Affiliation): Role {
  if (rank[affiliation] >= rank.admin) return "moderator";
  return affiliation === "member" || !settings.moderated ? "participant" : "visitor";
}

/** The role of an account: the highest of its occupants', or that with which it would come in. */
export function roleIn(known: KnownRoom, user: UserId, occupants: readonly OccupantSignal[]): Role {
  const theirs = occupants.filter((occupant) => occupant.user === user).map((occupant) => occupant.role);
  const byAffiliation = roleOf(settingsOf(known.room), affiliationIn(known, user));
  return theirs.length === 0 ? byAffiliation : theirs.reduce((one, other) => (higher(one, other) ? one : other));
}

function higher(one: Role, other: Role): boolean {
  return roleRank[one] > roleRank[other];
}

/** Throws unless all of it may be done: owners do everything, admins what is below them; a room keeps an owner. */
export function checkAffiliations(known: KnownRoom, by: UserId, changes: readonly AffiliationChange[]): void {
  const mine = affiliationIn(known, by);
  if (rank[mine] < rank.admin) throw new Fault("forbidden", "not allowed to change affiliations");
  const owners = new Set([...known.members.values()].filter((each) => each.affiliation === "owner").map((each) => each.user)); // prettier-ignore
  for (const { user, affiliation } of changes) {
    const high = Math.max(rank[affiliation], rank[affiliationIn(known, user)]) >= rank.admin;
    if (mine !== "owner" && rank[affiliationIn(known, user)] >= rank.admin) throw new Unseatable(); // §9.1
    if (mine !== "owner" && high) throw new Fault("forbidden", "an admin makes neither owners nor admins");
    if (affiliation === "outcast" && user === by) throw new Fault("conflict", "nobody bans himself"); // §9.1
    if (affiliation === "owner") owners.add(user);
    else owners.delete(user);
  }
  if (owners.size === 0) throw new Fault("conflict", "a room keeps an owner"); // §10.5
}

/** Throws unless `by` may make it so: `none` is a kick. */
export function checkRole(known: KnownRoom, by: UserId, mine: Role, target: OccupantSignal, role: Role | "none"): void {
  if (mine !== "moderator") throw new Fault("forbidden", "only a moderator changes roles");
  const theirs = rank[affiliationIn(known, target.user)];
  const me = rank[affiliationIn(known, by)];
  // §8.2, §8.4: nobody takes voice or place of one who stands higher, nor of an admin or owner at all by role.
  if (role === "none" && theirs > me) throw new Unseatable();
  if (role !== "moderator" && role !== "none" && theirs >= rank.admin) throw new Unseatable();
  // §9.6: moderators are made by admins.
  const moderators = role === "moderator" || (target.role === "moderator" && role !== "none");
  if (moderators && me < rank.admin) throw new Fault("forbidden", "only an admin makes moderators");
}

/** A moderator who stands lower asked for it (§8.2: not-allowed rather than forbidden). */
export class Unseatable extends Fault {
  constructor() {
    super("forbidden", "stands higher in the room");
  }
}

export function isAtLeast(affiliation: Affiliation, least: Affiliation): boolean {
  return rank[affiliation] >= rank[least];
}
