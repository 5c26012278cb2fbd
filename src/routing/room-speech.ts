// What one who may be in a room may say there: voice, the subject, and how often.
import { settingsOf } from "../model/conversation.ts";
import type { Draft, Envelope } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { type ConversationId, kindOf, type UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { Occupants } from "../people/occupants.ts";
import { roleIn } from "../people/room-rules.ts";
import type { RoomCache } from "./room-cache.ts";

const speakersBound = 20_000;
/** What is no message is no haste. */
const unhurried: ReadonlySet<Draft["kind"]> = new Set<Draft["kind"]>(["retraction", "reaction", "pin"]);

export class RoomSpeech {
  readonly #rooms: RoomCache;
  readonly #occupants: Occupants;
  readonly #clock: Clock;
  /** When somebody spoke last in a room of slow mode, as this node has heard. */
  readonly #spoke = new Map<string, number>();

  constructor(rooms: RoomCache, occupants: Occupants, clock: Clock) {
    this.#rooms = rooms;
    this.#occupants = occupants;
    this.#clock = clock;
  }

  /** Why not; undefined when there is nothing against it. The author may enter the room. */
  refusal({ conversation, kind, author }: Draft): Fault | undefined {
    if (kindOf(conversation) !== "room") return undefined;
    const known = this.#rooms.peek(conversation);
    if (known === undefined) return undefined; // gone from the cache this moment: it was looked at before
    const settings = settingsOf(known.room);
    const { moderated, subjectBy, slowModeMs } = settings;
    if (!moderated && slowModeMs === 0 && kind !== "subject" && kind !== "pin") return undefined;
    const role = roleIn(known, author, this.#occupants.ofAccount(conversation, author));
    if (role === "moderator") return undefined;
    if (role === "visitor") return new Fault("forbidden", "no voice in a moderated room");
    if ((kind === "subject" || kind === "pin") && subjectBy === "moderators")
      return new Fault("forbidden", "only a moderator sets it");
    if (slowModeMs === 0 || unhurried.has(kind)) return undefined;
    return this.#tooSoon(conversation, author, slowModeMs);
  }

  /** An entry was stored, here or on another node. */
  heard({ conversation, kind, author, at }: Envelope): void {
    if (unhurried.has(kind) || kindOf(conversation) !== "room") return;
    const known = this.#rooms.peek(conversation);
    if (known === undefined || settingsOf(known.room).slowModeMs === 0) return;
    if (this.#spoke.size >= speakersBound) this.#spoke.delete(this.#spoke.keys().next().value!);
    this.#spoke.set(`${conversation} ${author}`, at);
  }

  #tooSoon(conversation: ConversationId, author: UserId, slowModeMs: number): Fault | undefined {
    const last = this.#spoke.get(`${conversation} ${author}`);
    const left = last === undefined ? 0 : last + slowModeMs - this.#clock.now();
    return left <= 0 ? undefined : new Fault("rate-limited", "the room is in slow mode", { retryAfterMs: left });
  }
}
