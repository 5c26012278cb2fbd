// Who is in which room now, on this node and, as far as heard, on the others. Ephemeral: gone with the session or its node.
import type { Role } from "../model/conversation.ts";
import type { Delivery, OccupantSignal } from "../model/event.ts";
import { type ConversationId, type DeviceId, deviceKey, type NodeId, type UserId } from "../model/ids.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { Crowd, type Occupant } from "./crowd.ts";

const boundPerRoom = 20_000;

export class Occupants {
  readonly #rooms = new Map<ConversationId, Crowd>();

  list(room: ConversationId): readonly OccupantSignal[] {
    return signalsOf(this.#all(room));
  }

  /** How many devices are in the room. */
  size(room: ConversationId): number {
    return this.#rooms.get(room)?.size ?? 0;
  }

  /** How many of them are connected to this node. */
  sizeHere(room: ConversationId): number {
    return this.sessions(room).size;
  }

  /** What this node tells the others about the room. */
  local(room: ConversationId): readonly OccupantSignal[] {
    return this.residents(room).map(([, signal]) => signal);
  }

  of(session: DeviceSession, room: ConversationId): OccupantSignal | undefined {
    const occupant = this.#rooms.get(room)?.get(deviceKey(session.user, session.device));
    return occupant?.session === session ? occupant.signal : undefined;
  }

  /** That device, wherever it is connected. */
  at(room: ConversationId, user: UserId, device: DeviceId): OccupantSignal | undefined {
    return this.#rooms.get(room)?.get(deviceKey(user, device))?.signal;
  }

  named(room: ConversationId, nick: string): readonly OccupantSignal[] {
    return signalsOf(this.#rooms.get(room)?.named(nick));
  }

  ofAccount(room: ConversationId, user: UserId): readonly OccupantSignal[] {
    return signalsOf(this.#rooms.get(room)?.of(user));
  }

  roomsOf(session: DeviceSession): readonly ConversationId[] {
    const key = deviceKey(session.user, session.device);
    return [...this.#rooms].filter(([, crowd]) => crowd.get(key)?.session === session).map(([room]) => room);
  }

  /** Sessions of this node that are in the room. */
  sessions(room: ConversationId): ReadonlySet<DeviceSession> {
    return this.#rooms.get(room)?.sessions ?? noSession;
  }

  /** Occupants of this node with their sessions; stable while iterated. */
  residents(room: ConversationId): readonly Resident[] {
    return residentsAmong(this.#all(room));
  }

  residentsNamed(room: ConversationId, nick: string): readonly Resident[] {
    return residentsAmong(this.#rooms.get(room)?.named(nick));
  }

  /** Rooms that anybody is in. */
  get rooms(): readonly ConversationId[] {
    return [...this.#rooms.keys()];
  }

  /** Of these roles the others in the room are told from now on. */
  show(room: ConversationId, roles: readonly Role[]): void {
    const crowd = this.#rooms.get(room);
    if (crowd !== undefined) crowd.shown = roles;
  }

  /** Whether the others are not told of who has the role; undefined for shown, as a signal says it. */
  hides(room: ConversationId, role: Role): true | undefined {
    return this.#rooms.get(room)?.shown.includes(role) === false ? true : undefined;
  }

  /** The room is gone, and everybody with it. */
  forget(room: ConversationId): void {
    this.#rooms.delete(room);
  }

  /** Occupants known from the node that are not among those it has; returns their departures. */
  goneFrom(
    room: ConversationId,
    node: NodeId,
    present: readonly Pick<OccupantSignal, "user" | "device">[],
  ): readonly OccupantSignal[] {
    const there = new Set(present.map(({ user, device }) => deviceKey(user, device)));
    const departures: OccupantSignal[] = [];
    for (const { signal, node: theirs } of this.#all(room)) {
      if (theirs === node && !there.has(deviceKey(signal.user, signal.device))) departures.push(departureOf(signal));
    }
    for (const departure of departures) this.apply(departure, undefined, undefined);
    return departures;
  }

  /** Records the news; false when it changes nothing. */
  apply(signal: OccupantSignal, session: DeviceSession | undefined, node: NodeId | undefined): boolean {
    const key = deviceKey(signal.user, signal.device);
    let room = this.#rooms.get(signal.conversation);
    if (!signal.present) {
      const known = room?.get(key);
      if (room === undefined || known === undefined || (session === undefined && known.session !== undefined))
        return false;
      room.delete(key);
      if (room.size === 0) this.#rooms.delete(signal.conversation);
      return true;
    }
    if (room === undefined) this.#rooms.set(signal.conversation, (room = new Crowd()));
    const known = room.get(key);
    if (known === undefined && room.size >= boundPerRoom) return false;
    if (session === undefined && known?.session !== undefined) return false; // it is here now
    room.set({ signal: settled(signal), session, node });
    return true;
  }

  /** Everyone of a node that is gone; returns their departures. */
  leftWith(node: NodeId): readonly OccupantSignal[] {
    const departures: OccupantSignal[] = [];
    for (const crowd of this.#rooms.values()) {
      for (const { signal, node: theirs } of crowd.all()) if (theirs === node) departures.push(departureOf(signal));
    }
    for (const departure of departures) this.apply(departure, undefined, undefined);
    return departures;
  }

  #all(room: ConversationId): Iterable<Occupant> {
    return this.#rooms.get(room)?.all() ?? [];
  }
}

/** As whoever comes later finds it: what has just become of it, and why, is no news then. */
function settled(signal: OccupantSignal): OccupantSignal {
  const { renamed, cause, nick } = signal;
  if (renamed === undefined && cause === undefined) return signal;
  return { ...signal, memo: [], nick: renamed ?? nick, renamed: undefined, cause: undefined };
}

const noSession: ReadonlySet<DeviceSession> = new Set();

type Resident = readonly [DeviceSession, OccupantSignal];

function residentsAmong(occupants: Iterable<Occupant> = []): readonly Resident[] {
  const residents: Resident[] = [];
  for (const { session, signal } of occupants) if (session !== undefined) residents.push([session, signal]);
  return residents;
}

function signalsOf(occupants: Iterable<Occupant> = []): readonly OccupantSignal[] {
  const signals: OccupantSignal[] = [];
  for (const { signal } of occupants) signals.push(signal);
  return signals;
}

export function newsOf(signal: OccupantSignal): Delivery {
  return { event: signal, late: false, redelivered: false };
}

/** What was said of the occupant's state is over with it. */
export function departureOf(signal: OccupantSignal): OccupantSignal {
  return { ...signal, memo: [], present: false, status: undefined };
}
