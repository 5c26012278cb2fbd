// Rooms: made, joined for good, entered for now. Permissions are the core's; MUC and the rest are views.
import type { Bus } from "../bus/bus.ts";
import type { OccupantOptions, RoomOptions, Rooms } from "../core.ts";
import type { Affiliation, Member, Room } from "../model/conversation.ts";
import type { OccupantSignal } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { type ConversationId, kindOf, type NodeId, roomNameOf, type UserId } from "../model/ids.ts";
import { preparedName } from "../model/precis.ts";
import type { Clock } from "../ops/clock.ts";
import { affiliationIn, mayEnter, type RoomCache } from "../routing/room-cache.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { type Interests, nodesKey } from "../sessions/interests.ts";
import type { Sequencer } from "../sessions/sequencer.ts";
import type { Rooms as RoomStore } from "../store/store.ts";
import { newsOf, type Occupants } from "./occupants.ts";

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
  readonly failed: (error: unknown) => void;
}

export class RoomsImpl implements Rooms {
  readonly #parts: RoomParts;

  constructor(parts: RoomParts) {
    this.#parts = parts;
  }

  async find(id: ConversationId): Promise<Room | undefined> {
    return (await this.#parts.cache.load(id))?.room;
  }

  async create(id: ConversationId, owner: UserId, options: RoomOptions = {}): Promise<Room> {
    const name = roomNameOf(id);
    if (kindOf(id) !== "room" || preparedName(name) !== name) throw new Fault("bad-request", "not a room name");
    const room: Room = {
      id,
      title: options.title ?? name,
      open: options.open ?? true,
      listed: options.listed ?? true,
      createdAt: this.#parts.clock.now(),
      createdBy: owner,
    };
    if (!(await this.#parts.store.createRoom(room, owner))) throw new Fault("conflict", "the room's name is taken");
    await this.#memberChanged(id, owner);
    return room;
  }

  async remove(id: ConversationId, by: UserId): Promise<void> {
    if (affiliationIn(await this.#parts.cache.need(id), by) !== "owner")
      throw new Fault("forbidden", "only an owner removes a room");
    await this.#parts.store.removeRoom(id);
    this.#changed(id);
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

  async join(id: ConversationId, user: UserId): Promise<void> {
    const known = await this.#parts.cache.need(id);
    if (!mayEnter(known, user)) throw new Fault("forbidden", "not a member of the room");
    const member = known.members.get(user);
    if (member?.joined) return;
    const affiliation = member === undefined || member.affiliation === "none" ? "member" : member.affiliation;
    await this.#parts.store.putMember(id, user, affiliation, true);
    await this.#memberChanged(id, user);
  }

  async leave(id: ConversationId, user: UserId): Promise<void> {
    const member = (await this.#parts.cache.need(id)).members.get(user);
    if (member === undefined || !member.joined) return;
    const affiliation = member.affiliation === "member" ? "none" : member.affiliation;
    await this.#parts.store.putMember(id, user, affiliation, false);
    await this.#memberChanged(id, user);
  }

  async setAffiliation(id: ConversationId, by: UserId, user: UserId, affiliation: Affiliation): Promise<void> {
    const known = await this.#parts.cache.need(id);
    const mine = affiliationIn(known, by);
    const theirs = affiliationIn(known, user);
    const high = affiliation === "owner" || affiliation === "admin" || theirs === "owner" || theirs === "admin";
    if (mine !== "owner" && (mine !== "admin" || high))
      throw new Fault("forbidden", "not allowed to change affiliations");
    const owners = [...known.members.values()].filter((member) => member.affiliation === "owner");
    if (theirs === "owner" && affiliation !== "owner" && owners.length === 1)
      throw new Fault("conflict", "a room keeps an owner");
    const joined = affiliation !== "outcast" && (known.members.get(user)?.joined ?? false);
    await this.#parts.store.putMember(id, user, affiliation, joined);
    await this.#memberChanged(id, user);
  }

  async enter(
    session: DeviceSession,
    id: ConversationId,
    options: OccupantOptions,
  ): Promise<readonly OccupantSignal[]> {
    const known = await this.#parts.cache.need(id);
    if (!mayEnter(known, session.user)) throw new Fault("forbidden", "not a member of the room");
    const { occupants, interests } = this.#parts;
    const others = occupants.list(id).filter((other) => other.user !== session.user || other.device !== session.device);
    if (others.some((other) => other.nick === options.nick && other.user !== session.user)) {
      throw new Fault("conflict", "the nick is taken");
    }
    const before = occupants.of(session, id);
    const renamed = before !== undefined && before.nick !== options.nick ? options.nick : undefined;
    const signal: OccupantSignal = {
      type: "signal",
      name: "occupant",
      conversation: id,
      user: session.user,
      device: session.device,
      nick: renamed === undefined ? options.nick : before!.nick,
      renamed,
      present: true,
      show: options.show ?? "available",
      status: options.status,
      extensions: options.extensions,
    };
    occupants.apply(signal, session, undefined);
    this.#tell(signal, session);
    // Heard from others while here: who is in the room on their nodes.
    if (before === undefined) {
      await interests.add(id);
      this.askOthers(id);
    }
    return others;
  }

  exit(session: DeviceSession, id: ConversationId): void {
    const signal = this.#parts.occupants.of(session, id);
    if (signal === undefined) return;
    const departure: OccupantSignal = { ...signal, memo: [], present: false };
    this.#parts.occupants.apply(departure, session, undefined);
    this.#parts.interests.drop(id);
    this.#tell(departure, session);
  }

  exitAll(session: DeviceSession): void {
    for (const room of this.#parts.occupants.roomsOf(session)) this.exit(session, room);
  }

  occupants(id: ConversationId): readonly OccupantSignal[] {
    return this.#parts.occupants.list(id);
  }

  /** From another node. */
  heard(signal: OccupantSignal, node: NodeId): void {
    if (this.#parts.occupants.apply(signal, undefined, node)) this.#tellHere(signal, undefined);
  }

  nodeDown(node: NodeId): void {
    for (const departure of this.#parts.occupants.leftWith(node)) this.#tellHere(departure, undefined);
  }

  askOthers(id: ConversationId): void {
    this.#parts.bus.announce([id], { type: "control", name: "occupants?", payload: JSON.stringify({ room: id }) });
  }

  /** Another node asks who is here. */
  answerOthers(id: ConversationId): void {
    for (const signal of this.#parts.occupants.local(id)) this.#parts.bus.announce([id], signal);
  }

  #tell(signal: OccupantSignal, but: DeviceSession): void {
    this.#tellHere(signal, but);
    this.#parts.bus.announce([signal.conversation], signal);
  }

  #tellHere(signal: OccupantSignal, but: DeviceSession | undefined): void {
    const news = newsOf(signal);
    const told = new Set<DeviceSession>();
    for (const session of this.#parts.occupants.sessions(signal.conversation)) told.add(session);
    for (const { session } of this.#parts.sequencer.followersOf(signal.conversation)) told.add(session);
    for (const session of told) if (session !== but) session.offerUnless(1, news);
  }

  #memberChanged(id: ConversationId, user: UserId): Promise<void> {
    this.#changed(id, user);
    return this.#parts.memberChanged(id, user);
  }

  #changed(id: ConversationId, user?: UserId): void {
    this.#parts.cache.forget(id);
    this.#parts.bus.announce([nodesKey], {
      type: "control",
      name: "room",
      payload: JSON.stringify({ room: id, user }),
    });
  }
}
