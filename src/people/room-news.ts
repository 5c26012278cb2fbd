// Telling those who are in a room, here and on other nodes, what has become of it and of its occupants.
import type { Bus } from "../bus/bus.ts";
import type { Delivery, OccupantSignal, RoomSignal } from "../model/event.ts";
import type { OccupantCause } from "../model/occupant-cause.ts";
import type { ConversationId, UserId } from "../model/ids.ts";
import type { RoomCache } from "../routing/room-cache.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { nodesKey } from "../sessions/interests.ts";
import type { Sequencer } from "../sessions/sequencer.ts";
import { departureOf, newsOf, type Occupants } from "./occupants.ts";
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

  /** To everybody who follows the room or is in it; `but`: the one whose own doing it was. `before`: what it was so far. */
  tell(signal: OccupantSignal, before: OccupantSignal | undefined, but: DeviceSession | undefined): void {
    this.tellHere(signal, before, but);
    this.#parts.bus.announce([signal.conversation], signal);
  }

  tellHere(signal: OccupantSignal, before: OccupantSignal | undefined, but?: DeviceSession): void {
    let told = signal;
    if (signal.hidden === true) {
      // Nobody is told of it; whoever has been told of it so far sees it go.
      if (before === undefined || before.hidden === true) return;
      told = departureOf(before);
    }
    const news = newsOf(told);
    this.#tellAll(signal.conversation, news, but);
  }

  /** To this one session, whom it is about. */
  tellOne(signal: OccupantSignal, session: DeviceSession): void {
    session.offerUnless(1, newsOf(signal));
  }

  announceRoom(signal: RoomSignal): void {
    this.tellRoom(signal);
    this.#parts.bus.announce([signal.conversation], signal);
  }

  tellRoom(signal: RoomSignal): void {
    const news: Delivery = { event: signal, late: false, redelivered: false };
    this.#tellAll(signal.conversation, news);
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

  /** Who is in the room, and who follows it without being there. */
  #tellAll(room: ConversationId, news: Delivery, but?: DeviceSession): void {
    const { occupants, sequencer } = this.#parts;
    const there = occupants.sessions(room);
    for (const session of there) if (session !== but) session.offerUnless(1, news);
    for (const { session } of sequencer.followersOf(room))
      if (session !== but && !there.has(session)) session.offerUnless(1, news);
  }
}
