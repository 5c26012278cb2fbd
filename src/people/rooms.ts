// Rooms: made, joined for good, entered for now. Permissions are the core's; MUC and the rest are views.
import type { Bus } from "../bus/bus.ts";
import type { AffiliationChange, OccupantOptions, RoomOptions, Rooms } from "../core.ts";
import { type Affiliation, type Member, type Role, type Room, settingsOf } from "../model/conversation.ts";
import type { OccupantSignal, RoomSignal } from "../model/event.ts";
import type { OccupantCause } from "../model/occupant-cause.ts";
import { Fault } from "../model/fault.ts";
import { type ConversationId, type DeviceId, kindOf, type NodeId, roomNameOf, type UserId } from "../model/ids.ts";
import { preparedName } from "../model/precis.ts";
import type { Clock } from "../ops/clock.ts";
import { affiliationIn, type RoomCache } from "../routing/room-cache.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { type Interests, nodesKey } from "../sessions/interests.ts";
import type { Sequencer } from "../sessions/sequencer.ts";
import type { Rooms as RoomStore } from "../store/store.ts";
import type { Occupants } from "./occupants.ts";
import { admit, entryOf } from "./room-entrance.ts";
import { RoomGovernment } from "./room-government.ts";
import { type RoomChange, RoomNews } from "./room-news.ts";
import { tidied } from "./room-rules.ts";

export interface RoomParts {
  readonly host: string;
  readonly store: RoomStore;
  readonly cache: RoomCache;
  readonly occupants: Occupants;
  readonly sequencer: Sequencer;
  readonly interests: Interests;
  readonly bus: Bus;
  readonly clock: Clock;
  /** The account's sessions here begin or cease to follow the room, as its membership now says. Never rejects. */
  memberChanged(room: ConversationId, user: UserId): Promise<void>;
  /** The room is gone, or is another of the same name: nobody here follows it any more. */
  roomGone(room: ConversationId): void;
  readonly failed: (error: unknown) => void;
}

export class RoomsImpl implements Rooms {
  readonly #parts: RoomParts;
  readonly #news: RoomNews;
  readonly #government: RoomGovernment;
  /** Somebody has just left, and perhaps with him the room. */
  readonly #ending = new Map<ConversationId, Promise<void>>();

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#news = new RoomNews(parts);
    this.#government = new RoomGovernment(parts, this.#news);
  }

  async find(id: ConversationId): Promise<Room | undefined> {
    await this.#ending.get(id);
    return (await this.#parts.cache.load(id))?.room;
  }

  async create(id: ConversationId, owner: UserId, options: RoomOptions = {}): Promise<Room> {
    const name = roomNameOf(id);
    if (kindOf(id) !== "room" || preparedName(name) !== name) throw new Fault("bad-request", "not a room name");
    const { title = name, open = true, listed = true, ...settings } = options;
    const room: Room = {
      id,
      title,
      open,
      listed,
      createdAt: this.#parts.clock.now(),
      createdBy: owner,
      ...(Object.keys(settings).length > 0 && { settings: tidied(settings) }),
    };
    if (!(await this.#parts.store.createRoom(room, owner))) throw new Fault("conflict", "the room's name is taken");
    await this.#news.memberChanged(id, owner);
    return room;
  }

  update(id: ConversationId, by: UserId, changes: RoomOptions): Promise<Room> {
    return this.#government.update(id, by, changes);
  }

  remove(id: ConversationId, by: UserId, why: Omit<OccupantCause, "what" | "by"> = {}): Promise<void> {
    return this.#government.remove(id, by, { ...why, what: "destroyed", by });
  }

  list(limit: number): Promise<readonly Room[]> {
    return this.#parts.store.rooms(this.#parts.host, limit);
  }

  async members(id: ConversationId): Promise<readonly Member[]> {
    return [...(await this.#parts.cache.need(id)).members.values()];
  }

  async affiliation(id: ConversationId, user: UserId): Promise<Affiliation> {
    return affiliationIn(await this.#parts.cache.need(id), user);
  }

  async join(id: ConversationId, user: UserId, password?: string): Promise<void> {
    const known = await this.#parts.cache.need(id);
    admit(known, user, password);
    const member = known.members.get(user);
    if (member?.joined) return;
    const affiliation = member === undefined || member.affiliation === "none" ? "member" : member.affiliation;
    await this.#parts.store.putMember(id, user, affiliation, true);
    await this.#news.memberChanged(id, user);
  }

  async leave(id: ConversationId, user: UserId): Promise<void> {
    const member = (await this.#parts.cache.need(id)).members.get(user);
    if (member === undefined || !member.joined) return;
    const affiliation = member.affiliation === "member" ? "none" : member.affiliation;
    await this.#parts.store.putMember(id, user, affiliation, false);
    await this.#news.memberChanged(id, user);
  }

  setAffiliation(id: ConversationId, by: UserId, user: UserId, affiliation: Affiliation): Promise<void> {
    return this.#government.setAffiliations(id, by, [{ user, affiliation }]);
  }

  setAffiliations(id: ConversationId, by: UserId, changes: readonly AffiliationChange[]): Promise<void> {
    return this.#government.setAffiliations(id, by, changes);
  }

  setRole(id: ConversationId, by: UserId, nick: string, role: Role | "none", reason?: string): Promise<void> {
    return this.#government.setRole(id, by, { nick, role, reason });
  }

  reserve(id: ConversationId, user: UserId, nick: string): Promise<void> {
    return this.#government.reserve(id, user, nick);
  }

  unregister(id: ConversationId, user: UserId): Promise<void> {
    return this.#government.unregister(id, user);
  }

  mayInvite(id: ConversationId, by: UserId, guest: UserId): Promise<Room> {
    return this.#government.mayInvite(id, by, guest);
  }

  async enter(
    session: DeviceSession,
    id: ConversationId,
    options: OccupantOptions,
  ): Promise<readonly OccupantSignal[]> {
    await this.#ending.get(id);
    const known = await this.#parts.cache.need(id);
    // Nobody would ever take it out of the room again.
    if (!session.attached) throw new Fault("unavailable", "the session has ended");
    const { occupants, interests, clock } = this.#parts;
    const before = occupants.of(session, id);
    const signal = entryOf(session, { known, occupants, now: clock.now() }, before, options);
    const others = occupants
      .list(id)
      .filter((each) => each.hidden !== true && (each.user !== session.user || each.device !== session.device));
    occupants.apply(signal, session, undefined);
    occupants.show(id, settingsOf(known.room).presenceBroadcast);
    this.#news.tell(signal, before, session);
    if (before === undefined) {
      await interests.add(id);
      // Heard from others since the first of this node came: who is in the room on theirs.
      if (occupants.sizeHere(id) === 1) this.askOthers(id);
    }
    return others;
  }

  exit(session: DeviceSession, id: ConversationId, saying?: string): void {
    const signal = this.#parts.occupants.of(session, id);
    if (signal === undefined) return;
    const departure: OccupantSignal = { ...signal, memo: [], present: false, status: saying };
    this.#parts.occupants.apply(departure, session, undefined);
    this.#news.tell(departure, signal, session);
    this.#parts.interests.drop(id);
    this.#ends(id, session.user);
  }

  /** A room that is only for now may be ending: whoever asks for it meanwhile finds it as it will be. */
  #ends(id: ConversationId, user: UserId): void {
    const ending = this.#government.left(id, user).catch(this.#parts.failed);
    this.#ending.set(id, ending);
    void ending.then(() => {
      if (this.#ending.get(id) === ending) this.#ending.delete(id);
    });
  }

  exitAll(session: DeviceSession): void {
    for (const room of this.#parts.occupants.roomsOf(session)) this.exit(session, room);
  }

  occupants(id: ConversationId): readonly OccupantSignal[] {
    return this.#parts.occupants.list(id);
  }

  occupantCount(id: ConversationId): number {
    return this.#parts.occupants.size(id);
  }

  occupant(id: ConversationId, user: UserId, device: DeviceId): OccupantSignal | undefined {
    return this.#parts.occupants.at(id, user, device);
  }

  occupantsOf(id: ConversationId, user: UserId): readonly OccupantSignal[] {
    return this.#parts.occupants.ofAccount(id, user);
  }

  occupantsNamed(id: ConversationId, nick: string): readonly OccupantSignal[] {
    return this.#parts.occupants.named(id, nick);
  }

  /** From another node. */
  heard(signal: OccupantSignal | RoomSignal, node: NodeId): void {
    if (signal.name === "room") return this.#news.tellRoom(signal);
    this.#yield(signal);
    const before = this.#parts.occupants.at(signal.conversation, signal.user, signal.device);
    if (this.#parts.occupants.apply(signal, undefined, node)) this.#news.tellHere(signal, before);
  }

  /**
   * Two nodes have let in two people under one nick, since neither had heard of the other yet. Both find the same: who took it
   * later, or else comes later in the alphabet, has to go, from the node it is at.
   */
  #yield(other: OccupantSignal): void {
    const { conversation, user, present, since = 0 } = other;
    const nick = other.renamed ?? other.nick;
    if (!present) return;
    const mine = this.#parts.occupants.residentsNamed(conversation, nick)[0]?.[1];
    if (mine === undefined || mine.user === user) return;
    const first = (mine.since ?? 0) - since || (mine.user < user ? -1 : 1);
    const reason = "the nick was taken by another at the same time";
    if (first > 0) this.#government.applyRole(conversation, nick, "none", { what: "kicked", reason });
  }

  /** Another node has changed the room: its members, its settings, or all of it. */
  changed(room: ConversationId, { user, why, gone }: RoomChange): void {
    this.#parts.cache.forget(room);
    if (gone !== undefined) return this.#government.gone(room, gone);
    this.#government.reviewed(room, why).catch(this.#parts.failed);
    if (user !== undefined) void this.#parts.memberChanged(room, user); // never rejects
  }

  /** Another node has a word about an occupant who may be of this one. */
  governed(room: ConversationId, nick: string, role: Role | "none", cause: OccupantCause): void {
    this.#government.applyRole(room, nick, role, cause);
  }

  nodeDown(node: NodeId): void {
    for (const departure of this.#parts.occupants.leftWith(node)) this.#news.tellHere(departure, departure);
  }

  askOthers(id: ConversationId): void {
    this.#parts.bus.announce([id], { type: "control", name: "occupants?", payload: JSON.stringify({ room: id }) });
  }

  /** Another node asks who is here: each of ours, and that these are all. */
  answerOthers(id: ConversationId): void {
    const { bus, occupants } = this.#parts;
    const present = occupants.local(id);
    for (const signal of present) bus.announce([id], signal);
    const payload = JSON.stringify({ room: id, present: present.map(({ user, device }) => ({ user, device })) });
    bus.announce([id], { type: "control", name: "occupants=", payload });
  }

  /** These are all that the node has in the room; whoever else it had is gone. */
  counted(id: ConversationId, present: readonly Pick<OccupantSignal, "user" | "device">[], node: NodeId): void {
    for (const departure of this.#parts.occupants.goneFrom(id, node, present))
      this.#news.tellHere(departure, departure);
  }

  /** News may be lost, ours and theirs: everybody says again who is in the rooms that anybody here is in. */
  async resync(): Promise<void> {
    for (const room of this.#parts.occupants.rooms) {
      this.answerOthers(room);
      const payload = JSON.stringify({ room });
      this.#parts.bus.announce([nodesKey], { type: "control", name: "occupants?", payload });
    }
  }
}
