// Who is in which room now, on this node and, as far as heard, on the others. Ephemeral: gone with the session or its node.
import type { Delivery, OccupantSignal } from "../model/event.ts";
import { type ConversationId, deviceKey, type NodeId } from "../model/ids.ts";
import type { DeviceSession } from "../sessions/device-session.ts";

interface Occupant {
  readonly signal: OccupantSignal;
  /** Set for an occupant of this node. */
  readonly session: DeviceSession | undefined;
  readonly node: NodeId | undefined;
}

const boundPerRoom = 20_000;

export class Occupants {
  /** By room, then `user device`. */
  readonly #rooms = new Map<ConversationId, Map<string, Occupant>>();

  list(room: ConversationId): readonly OccupantSignal[] {
    return [...(this.#rooms.get(room)?.values() ?? [])].map((occupant) => occupant.signal);
  }

  /** What this node tells the others about the room. */
  local(room: ConversationId): readonly OccupantSignal[] {
    return [...(this.#rooms.get(room)?.values() ?? [])]
      .filter((each) => each.session !== undefined)
      .map((each) => each.signal);
  }

  of(session: DeviceSession, room: ConversationId): OccupantSignal | undefined {
    const occupant = this.#rooms.get(room)?.get(deviceKey(session.user, session.device));
    return occupant?.session === session ? occupant.signal : undefined;
  }

  roomsOf(session: DeviceSession): readonly ConversationId[] {
    const key = deviceKey(session.user, session.device);
    return [...this.#rooms].filter(([, occupants]) => occupants.get(key)?.session === session).map(([room]) => room);
  }

  /** Sessions of this node that are in the room. */
  *sessions(room: ConversationId): Iterable<DeviceSession> {
    for (const { session } of this.#rooms.get(room)?.values() ?? []) if (session !== undefined) yield session;
  }

  /** Occupants of this node with their sessions; stable while iterated. */
  residents(room: ConversationId): readonly (readonly [DeviceSession, OccupantSignal])[] {
    return [...(this.#rooms.get(room)?.values() ?? [])].flatMap(({ session, signal }) =>
      session === undefined ? [] : [[session, signal] as const],
    );
  }

  /** Rooms that anybody is in. */
  get rooms(): readonly ConversationId[] {
    return [...this.#rooms.keys()];
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
    for (const [key, { signal, node: theirs }] of this.#rooms.get(room) ?? []) {
      if (theirs === node && !there.has(key)) departures.push(departureOf(signal));
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
    if (room === undefined) this.#rooms.set(signal.conversation, (room = new Map()));
    if (!room.has(key) && room.size >= boundPerRoom) return false;
    if (session === undefined && room.get(key)?.session !== undefined) return false; // it is here now
    const settled = signal.renamed === undefined ? signal : { ...signal, nick: signal.renamed, renamed: undefined };
    room.set(key, { signal: settled, session, node });
    return true;
  }

  /** Everyone of a node that is gone; returns their departures. */
  leftWith(node: NodeId): readonly OccupantSignal[] {
    const departures: OccupantSignal[] = [];
    for (const occupants of this.#rooms.values()) {
      for (const { signal, node: theirs } of occupants.values()) {
        if (theirs === node) departures.push(departureOf(signal));
      }
    }
    for (const departure of departures) this.apply(departure, undefined, undefined);
    return departures;
  }
}

export function newsOf(signal: OccupantSignal): Delivery {
  return { event: signal, late: false, redelivered: false };
}

/** What was said of the occupant's state is over with it. */
function departureOf(signal: OccupantSignal): OccupantSignal {
  return { ...signal, memo: [], present: false, status: undefined };
}
