// One session's place in one log: live while it keeps up, reading from the log while it is behind.
import type { Delivery, Envelope } from "../model/event.ts";
import type { ConversationId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { Log } from "../store/store.ts";
import type { DeviceSession } from "./device-session.ts";

const pageSize = 100;
/** A read that failed is tried again: the store was out of reach, the log is still the truth. */
const retryMs = 500;

export interface FollowerParts {
  readonly log: Pick<Log, "read">;
  readonly clock: Clock;
  readonly failed: (error: unknown) => void;
}

/** What the follower must know of its log on this node. */
export interface Heard {
  /** Last seq fanned out on this node; grows. */
  readonly position: number;
}

/**
 * Offers every entry with seq > start to the session, in order and once. Live entries go straight to the outbox; when
 * it is full the follower falls behind, and pulls pages from the log as the outbox drains: a slow reader costs a read,
 * never memory and never a message.
 */
export class Follower {
  readonly session: DeviceSession;
  readonly conversation: ConversationId;
  /** Highest seq the device acknowledged, as far as known here. */
  acked: number;
  /** What `acked` began with. */
  started: number;
  readonly #parts: FollowerParts;
  readonly #heard: Heard;
  #position: number;
  #behind: boolean;
  #reading = false;
  #shut = false;

  constructor(session: DeviceSession, conversation: ConversationId, start: number, heard: Heard, parts: FollowerParts) {
    this.session = session;
    this.conversation = conversation;
    this.acked = start;
    this.started = start;
    this.#heard = heard;
    this.#parts = parts;
    this.#position = start;
    this.#behind = start < heard.position;
  }

  get behind(): boolean {
    return this.#behind;
  }

  /** Last seq offered to the session, or skipped as its own. */
  get position(): number {
    return this.#position;
  }

  /** Last seq heard on this node. */
  get heardTo(): number {
    return this.#heard.position;
  }

  /** A live entry, the next one of the log. `delivery` is shared by all live followers. */
  hear(envelope: Envelope, delivery: Delivery): void {
    if (this.#behind) return this.pull();
    if (envelope.seq <= this.#position) return;
    if (envelope.seq !== this.#position + 1 || this.session.room === 0) {
      this.#behind = true;
      this.pull();
      return;
    }
    this.#position = envelope.seq;
    if (this.session.silences(envelope, true)) this.#skip(envelope.seq);
    else this.session.offer(delivery);
  }

  /** Reads on, if it is behind and the outbox has room. */
  pull(): void {
    if (!this.#behind || this.#reading || this.#shut || !this.session.attached) return;
    const room = Math.min(this.session.room, pageSize);
    if (room === 0) return;
    this.#reading = true;
    this.#parts.log.read(this.conversation, this.#position, room).then(
      (entries) => this.#arrived(entries, room),
      (error: unknown) => {
        this.#reading = false;
        this.#parts.failed(error);
        this.#parts.clock.after(retryMs, () => this.pull());
      },
    );
  }

  /** Holds back until `startFrom` says where to begin. */
  wait(): void {
    this.#behind = true;
    this.#reading = true;
  }

  startFrom(position: number): void {
    this.#reading = false;
    this.#position = position;
    this.acked = position;
    this.started = position;
    this.#behind = position < this.#heard.position;
    this.pull();
  }

  /** The device acknowledged less than where it goes on from. */
  ackedFrom(seq: number): void {
    this.acked = seq;
    this.started = seq;
  }

  shut(): void {
    this.#shut = true;
  }

  #arrived(entries: readonly Envelope[], asked: number): void {
    this.#reading = false;
    if (this.#shut) return;
    for (const envelope of entries) {
      this.#position = envelope.seq;
      if (this.session.silences(envelope, false)) this.#skip(envelope.seq);
      else this.session.offer({ event: envelope, late: true, redelivered: this.#maybeSeen(envelope) });
    }
    this.#behind = this.#position < this.#heard.position;
    // A short page that does not reach what was heard cannot be: the log is read after it was heard. An empty one
    // would spin, so the next live entry or drain asks again.
    if (this.#behind && (entries.length > 0 || asked === 0)) this.pull();
  }

  /** Stored before the device disconnected last: it may have been sent, live or catching up, and not acknowledged (P4). */
  #maybeSeen(envelope: Envelope): boolean {
    const { known, attachedAt } = this.session;
    return known !== undefined && envelope.at <= (known.detachedAt || attachedAt - 1);
  }

  #skip(seq: number): void {
    if (this.acked === seq - 1) this.acked = seq;
  }
}
