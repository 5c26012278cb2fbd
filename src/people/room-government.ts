// What owners, admins and moderators do: settings, affiliations, roles, and the end of a room.
import type { Bus } from "../bus/bus.ts";
import type { AffiliationChange, RoomOptions } from "../core.ts";
import {
  type Affiliation,
  membersInvite,
  type Role,
  type Room,
  type RoomSettings,
  settingsOf,
} from "../model/conversation.ts";
import type { OccupantSignal, RoomSignal } from "../model/event.ts";
import type { OccupantCause } from "../model/occupant-cause.ts";
import { Fault } from "../model/fault.ts";
import type { ConversationId, UserId } from "../model/ids.ts";
import { affiliationIn, mayEnter, type RoomCache } from "../routing/room-cache.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import type { Interests } from "../sessions/interests.ts";
import type { Rooms as RoomStore } from "../store/store.ts";
import type { Occupants } from "./occupants.ts";
import { checkNick } from "./room-entrance.ts";
import type { RoomNews } from "./room-news.ts";
import { checkAffiliations, checkRole, hatsOf, isAtLeast, roleIn, roleOf, sameHats, tidied } from "./room-rules.ts";

export interface RoomGovernmentParts {
  readonly store: RoomStore;
  readonly cache: RoomCache;
  readonly occupants: Occupants;
  readonly interests: Interests;
  readonly bus: Bus;
  memberChanged(room: ConversationId, user: UserId): Promise<void>;
  roomGone(room: ConversationId): void;
}

/** Who stands otherwise with the room now, by whom. */
export interface Standing {
  readonly user: UserId;
  readonly by?: UserId | undefined;
  readonly reason?: string | undefined;
}

/** Affiliations changed at once, and members of a room. */
const mostChanges = 500;
const mostMembers = 20_000;
const longestReason = 1000;

export class RoomGovernment {
  readonly #parts: RoomGovernmentParts;
  readonly #news: RoomNews;

  constructor(parts: RoomGovernmentParts, news: RoomNews) {
    this.#parts = parts;
    this.#news = news;
  }

  async update(id: ConversationId, by: UserId, changes: RoomOptions): Promise<Room> {
    const known = await this.#parts.cache.need(id);
    if (affiliationIn(known, by) !== "owner") throw new Fault("forbidden", "only an owner configures a room");
    const { title = known.room.title, open = known.room.open, listed = known.room.listed, ...set } = changes;
    const settings = { ...known.room.settings, ...tidied(set) };
    const room: Room = { ...known.room, title, open, listed, settings };
    const changed = changesBetween(known.room, room);
    if (changed.length === 0) return known.room;
    await this.#parts.store.updateRoom(room);
    this.#news.changed(id);
    this.#announce(room, { changed });
    await this.reviewed(id);
    return room;
  }

  async setAffiliations(id: ConversationId, by: UserId, changes: readonly AffiliationChange[]): Promise<void> {
    const { cache, store, occupants } = this.#parts;
    const known = await cache.need(id);
    checkAffiliations(known, by, changes);
    if (changes.length > mostChanges || known.members.size + changes.length > mostMembers)
      throw new Fault("quota-exceeded", "too many affiliations");
    for (const { user, affiliation, nick: asked, reason } of changes) {
      const member = known.members.get(user);
      // XEP-0045 §9.1: it "SHOULD remove the outcast's nickname from the list of registered nicknames".
      const nick = affiliation === "outcast" && member?.nick !== undefined ? "" : asked;
      const joined = affiliation !== "outcast" && (member?.joined ?? false);
      // Taking membership of a room that is not open takes the place in it, too.
      const stays = joined && (affiliation !== "none" || known.room.open);
      if (asked !== undefined) checkNick(known, this.#parts.occupants, user, asked);
      await store.putMember(id, user, affiliation, stays, { nick, reason: reason?.slice(0, longestReason) });
      await this.#stands(id, { user, by, reason });
      if (occupants.ofAccount(id, user).length === 0)
        this.#announce(known.room, { member: { user, affiliation, reason } });
    }
  }

  async setRole(
    id: ConversationId,
    by: UserId,
    {
      nick,
      role,
      reason,
    }: { readonly nick: string; readonly role: Role | "none"; readonly reason?: string | undefined },
  ): Promise<void> {
    const { cache, occupants, store, bus } = this.#parts;
    const known = await cache.need(id);
    const mine = roleIn(known, by, occupants.ofAccount(id, by));
    if (mine !== "moderator") throw new Fault("forbidden", "only a moderator changes roles");
    const target = occupants.named(id, nick)[0];
    if (target === undefined) throw new Fault("not-found", "nobody of that nick");
    checkRole(known, by, mine, target, role);
    const cause: OccupantCause = { what: role === "none" ? "kicked" : "role", by, reason };
    const member = known.members.get(target.user);
    if (role === "none" && member?.joined === true) {
      await store.putMember(id, target.user, member.affiliation, false);
      await this.#news.memberChanged(id, target.user);
    }
    this.applyRole(id, nick, role, cause);
    bus.announce([id], { type: "control", name: "role", payload: JSON.stringify({ room: id, nick, role, cause }) });
  }

  /** For the occupants of this node who go by the nick. */
  applyRole(id: ConversationId, nick: string, role: Role | "none", cause: OccupantCause): void {
    const { occupants } = this.#parts;
    for (const [session, signal] of occupants.residentsNamed(id, nick)) {
      if (role === "none") this.#expel(session, signal, cause);
      else this.#replace(session, signal, { role, hidden: occupants.hides(id, role), cause });
    }
  }

  /** XEP-0045 §7.10: membership by one's own asking, under a nick of one's own. */
  async reserve(id: ConversationId, user: UserId, nick: string): Promise<void> {
    const known = await this.#parts.cache.need(id);
    const affiliation = affiliationIn(known, user);
    if (affiliation === "outcast") throw new Fault("forbidden", "banned");
    const { registration } = settingsOf(known.room);
    if (affiliation === "none" && (!known.room.open || !registration))
      throw new Fault("forbidden", "no registration here");
    checkNick(known, this.#parts.occupants, user, nick);
    const becomes = affiliation === "none" ? "member" : affiliation;
    await this.#parts.store.putMember(id, user, becomes, known.members.get(user)?.joined ?? false, { nick });
    await this.#stands(id, { user, by: user });
  }

  /** An empty nick is none. */
  async unregister(id: ConversationId, user: UserId): Promise<void> {
    const known = await this.#parts.cache.need(id);
    const member = known.members.get(user);
    if (member === undefined) return;
    const becomes = member.affiliation === "member" && !member.joined ? "none" : member.affiliation;
    await this.#parts.store.putMember(id, user, becomes, member.joined, { nick: "" });
    await this.#stands(id, { user, by: user });
  }

  /** The guest becomes a member where only members come in. */
  async mayInvite(id: ConversationId, by: UserId, guest: UserId): Promise<Room> {
    const known = await this.#parts.cache.need(id);
    const { invitesBy, locked } = settingsOf(known.room);
    if (!mayEnter(known, by) || locked) throw new Fault("forbidden", "not in the room");
    if (affiliationIn(known, guest) === "outcast") throw new Fault("forbidden", "the guest is banned");
    const admin = isAtLeast(affiliationIn(known, by), "admin");
    if (invitesBy === "moderators" && roleIn(known, by, this.#parts.occupants.ofAccount(id, by)) !== "moderator")
      throw new Fault("forbidden", "only moderators invite");
    if (known.room.open || isAtLeast(affiliationIn(known, guest), "member")) return known.room;
    // XEP-0045 §7.8.2: "Invitation privileges in members-only rooms SHOULD be restricted to room admins", unless it is said.
    if (!admin && !membersInvite(known.room)) throw new Fault("forbidden", "only admins make members");
    await this.#parts.store.putMember(id, guest, "member", false);
    await this.#news.memberChanged(id, guest);
    this.#announce(known.room, { member: { user: guest, affiliation: "member" } });
    return known.room;
  }

  async remove(id: ConversationId, by: UserId, cause: OccupantCause): Promise<void> {
    const known = await this.#parts.cache.need(id);
    if (affiliationIn(known, by) !== "owner") throw new Fault("forbidden", "only an owner removes a room");
    await this.#remove(known.room, cause);
  }

  /** The room is gone: nobody of this node is in it any more, or follows its log. */
  gone(id: ConversationId, cause: OccupantCause): void {
    // XEP-0045 §10.9: it "SHOULD NOT broadcast presence stanzas of type "unavailable" from all occupants, instead sending only
    // one … to each occupant"; those who follow the room without being in it have heard of its end.
    for (const [session, signal] of this.#parts.occupants.residents(id))
      this.#news.tellOne(this.#empty(session, signal, cause), session);
    this.#parts.occupants.forget(id);
    this.#parts.roomGone(id);
  }

  /** Somebody has left: a room that is only for now, or was never configured, ends with its last occupant. */
  async left(id: ConversationId, user: UserId): Promise<void> {
    const known = await this.#parts.cache.load(id);
    if (known === undefined) return;
    const { persistent, locked } = settingsOf(known.room);
    const empty = this.#parts.occupants.size(id) === 0;
    if (empty && (!persistent || (locked && affiliationIn(known, user) === "owner")))
      await this.#remove(known.room, { what: "destroyed" });
  }

  /** After a change of settings or members: who may not be here goes, the others have what they are due. */
  async reviewed(id: ConversationId, why?: Standing): Promise<void> {
    const known = await this.#parts.cache.load(id);
    if (known === undefined) return;
    const { occupants } = this.#parts;
    const settings = settingsOf(known.room);
    occupants.show(id, settings.presenceBroadcast);
    for (const [session, signal] of occupants.residents(id)) {
      const affiliation = affiliationIn(known, signal.user);
      const concerned = why?.user === signal.user ? why : undefined;
      if (!mayEnter(known, signal.user)) {
        this.#expel(session, { ...signal, affiliation }, whyNot(affiliation, concerned));
        continue;
      }
      const stands = affiliation === signal.affiliation;
      const role = stands ? signal.role : roleOf(settings, affiliation);
      const hidden = occupants.hides(id, role);
      const hats = hatsOf(settings, signal.user);
      const cause: OccupantCause = stands
        ? { what: "role" }
        : { what: "affiliation", by: concerned?.by, reason: concerned?.reason };
      if (!stands || hidden !== signal.hidden || !sameHats(signal.hats, hats))
        this.#replace(session, signal, { affiliation, role, hidden, hats, cause });
    }
  }

  async #stands(id: ConversationId, why: Standing): Promise<void> {
    this.#news.changed(id, { user: why.user, why });
    await this.reviewed(id, why);
    await this.#parts.memberChanged(id, why.user);
  }

  #expel(session: DeviceSession, signal: OccupantSignal, cause: OccupantCause): void {
    const departure = this.#empty(session, signal, cause);
    this.#news.tell(departure, signal, session);
    this.#news.tellOne(departure, session);
  }

  /** Its place is nobody's now. */
  #empty(session: DeviceSession, signal: OccupantSignal, cause: OccupantCause): OccupantSignal {
    const departure: OccupantSignal = {
      ...signal,
      memo: [],
      renamed: undefined,
      present: false,
      status: undefined,
      cause,
    };
    this.#parts.occupants.apply(departure, session, undefined);
    this.#parts.interests.drop(signal.conversation);
    return departure;
  }

  #replace(session: DeviceSession, before: OccupantSignal, changes: Partial<OccupantSignal>): void {
    const signal: OccupantSignal = { ...before, memo: [], ...changes };
    this.#parts.occupants.apply(signal, session, undefined);
    this.#news.tell(signal, before, session);
    this.#news.tellOne(signal, session);
  }

  async #remove(room: Room, cause: OccupantCause): Promise<void> {
    if (!(await this.#parts.store.removeRoom(room.id))) return;
    this.#news.changed(room.id, { gone: cause });
    this.#announce(room, { destroyed: cause });
    this.gone(room.id, cause);
  }

  #announce(room: Room, news: Partial<Pick<RoomSignal, "changed" | "member" | "destroyed">>): void {
    const { archived, addresses } = settingsOf(room);
    this.#news.announceRoom({
      type: "signal",
      name: "room",
      conversation: room.id,
      changed: [],
      archived,
      addresses,
      ...news,
    });
  }
}

/** XEP-0045 §9.1, §9.4 and §10.2: banned, no member any more, or no member in a room that is for members now. */
function whyNot(affiliation: Affiliation, why: Standing | undefined): OccupantCause {
  if (why === undefined) return { what: affiliation === "outcast" ? "banned" : "members-only" };
  return { what: affiliation === "outcast" ? "banned" : "affiliation", by: why.by, reason: why.reason };
}

function changesBetween(before: Room, after: Room): RoomSignal["changed"] {
  const [one, other] = [flat(before), flat(after)];
  return (Object.keys(other) as (keyof RoomSettings)[]).filter((name) => !isSame(one[name], other[name]));
}

/** Settings are texts, numbers and the like, or lists of them. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (Array.isArray(one) && JSON.stringify(one) === JSON.stringify(other));
}

function flat({ title, open, listed, settings }: Room) {
  return { title, open, listed, ...settingsOf({ settings }) };
}
