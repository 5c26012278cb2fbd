// Telling those who are in a room, here and on other nodes, what has become of it and of its occupants.
import type { Bus } from "../bus/bus.ts";
import type { Delivery, OccupantSignal, RoomSignal } from "../model/event.ts";
import type { OccupantCause } from "../model/occupant-cause.ts";
import type { ConversationId, UserId } from "../model/ids.ts";
import type { RoomCache } from "../routing/room-cache.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { nodesKey } from "../sessions/interests.ts";
import type { Sequencer } from "../sessions/sequencer.ts";
import { newsOf, type Occupants } from "./occupants.ts";
import type { Standing } from "./room-government.ts";

export interface RoomNewsParts {
  readonly cache: RoomCache;
  readonly occupants: Occupants;
  readonly sequencer: Sequencer;
  readonly bus: Bus;
  memberChanged(room: ConversationId, user: UserId): Promise<void>;
}

/** What nodes tell each other of a change. */
export interface RoomChange {
  /** Whose membership it is. */
  readonly user?: UserId | undefined;
  readonly why?: Standing | undefined;
  /** The room is no more. */
  readonly gone?: OccupantCause | undefined;
}

export class RoomNews {
  readonly #parts: RoomNewsParts;

  constructor(parts: RoomNewsParts) {
    this.#parts = parts;
  }

  /** To everybody who follows the room or is in it; `but`: the one whose own doing it was. */
  tell(signal: OccupantSignal, but: DeviceSession | undefined): void {
    this.tellHere(signal, but);
    this.#parts.bus.announce([signal.conversation], signal);
  }

  tellHere(signal: OccupantSignal, but: DeviceSession | undefined): void {
    const news = newsOf(signal);
    for (const session of this.#audience(signal.conversation)) if (session !== but) session.offerUnless(1, news);
  }

  /** To this one session, whose part in the room has ended. */
  tellOne(signal: OccupantSignal, session: DeviceSession): void {
    session.offerUnless(1, newsOf(signal));
  }

  announceRoom(signal: RoomSignal): void {
    this.tellRoom(signal);
    this.#parts.bus.announce([signal.conversation], signal);
  }

  tellRoom(signal: RoomSignal): void {
    const news: Delivery = { event: signal, late: false, redelivered: false };
    for (const session of this.#audience(signal.conversation)) session.offerUnless(1, news);
  }

  /** Somebody joined or left for good. */
  memberChanged(room: ConversationId, user: UserId): Promise<void> {
    this.changed(room, { user });
    return this.#parts.memberChanged(room, user);
  }

  /** What was known of the room is old, on all nodes. */
  changed(room: ConversationId, change: RoomChange = {}): void {
    this.#parts.cache.forget(room);
    const payload = JSON.stringify({ room, ...change });
    this.#parts.bus.announce([nodesKey], { type: "control", name: "room", payload });
  }

  #audience(room: ConversationId): ReadonlySet<DeviceSession> {
    const audience = new Set<DeviceSession>(this.#parts.occupants.sessions(room));
    for (const { session } of this.#parts.sequencer.followersOf(room)) audience.add(session);
    return audience;
  }
}
