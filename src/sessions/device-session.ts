// A device's state on this node while it is attached. Holds; the rules are in the parts that fill it.
import { randomUUID } from "node:crypto";
import type { AttachOptions, Session } from "../core.ts";
import type { Delivery, Envelope } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import type { ConversationId, DeviceId, UserId } from "../model/ids.ts";
import { SmallMap } from "../model/small-map.ts";
import type { DeviceRecord, TopicSubscription } from "../store/store.ts";
import type { Follower } from "./follower.ts";
import type { Leases } from "./leases.ts";
import { Outbox, type OutboxBounds } from "./outbox.ts";
import type { QueueFollower } from "./queue-follower.ts";

/** Sessions are named when somebody asks: most are never asked for their name, and it would be half their weight. */
const here = randomUUID();
let attachments = 0;

/** How the session follows direct conversations; undefined: not at all. */
export interface Inbox {
  readonly rooms: boolean;
  readonly from: "cursor" | "now";
}

export class DeviceSession implements Session {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly options: AttachOptions;
  readonly known: DeviceRecord | undefined;
  readonly attachedAt: number;
  /** Logs it follows. */
  readonly followers = new SmallMap<ConversationId, Follower>();
  inbox: Inbox | undefined;
  /** When it was opened, Unix milliseconds. */
  inboxSince = 0;
  /** An inbox `from` now: all that there was when it was opened is followed, so what is not is new since. */
  followsAll = false;
  queue: QueueFollower | undefined;
  /** Retained messages on their way to it. */
  replay:
    | { readonly done: boolean; pull(): void; drop(filter: string): void; add(subscription: TopicSubscription): void }
    | undefined;
  /** Set once it is a member of a shared subscription. */
  leases: Leases | undefined;
  attached = true;
  /** The device has a record in the store: it is remembered, or has a will. */
  readonly recorded: boolean;
  /** As it is in the device's record. */
  will: string | undefined;
  /** When the record said last that the device is here. */
  renewedAt = 0;
  /** When the front-end last took something while more was waiting; for the stall check. */
  stalledSince = 0;
  readonly #number = ++attachments;
  #state: string;
  #called = false;
  readonly #outbox: Outbox;

  constructor(options: AttachOptions, known: DeviceRecord | undefined, bounds: OutboxBounds, now: number) {
    this.user = options.user;
    this.device = options.device;
    this.options = options;
    this.recorded = options.rememberMs > 0 || options.will !== undefined;
    this.known = known;
    this.attachedAt = now;
    this.#state = options.state ?? known?.state ?? "";
    this.#outbox = new Outbox(bounds);
  }

  get id(): string {
    return `${here}-${this.#number}`;
  }

  get waiting(): number {
    return this.#outbox.length;
  }

  get room(): number {
    return this.#outbox.room;
  }

  get fullness(): number {
    return this.#outbox.fullness;
  }

  /** What it has been given and not acknowledged, as far as that is known. */
  get load(): number {
    return Math.max(this.#outbox.length, this.leases?.size ?? 0);
  }

  get state(): string {
    return this.#state;
  }

  set state(state: string) {
    this.#state = state;
  }

  take(max: number): readonly Delivery[] {
    const taken = this.#outbox.take(max);
    this.leases?.taken(taken);
    if (taken.length > 0) this.stalledSince = 0;
    if (this.#outbox.length === 0) this.#called = false;
    // Half empty: what the bound kept out of the outbox may come now.
    if (this.attached && !this.#outbox.reaches(0.5)) this.#refill();
    return taken;
  }

  /** The caller has asked for room, or drops nothing that matters. */
  offer(delivery: Delivery): void {
    if (!this.attached) return;
    this.#outbox.push(delivery);
    if (this.#called) return;
    this.#called = true;
    this.options.wake();
  }

  /** For what may be lost (P6): dropped once the outbox is this full. */
  offerUnless(fullness: number, delivery: Delivery): boolean {
    if (this.#outbox.reaches(fullness)) return false;
    this.offer(delivery);
    return true;
  }

  /** Whether this is the device's own entry, which it does not hear (AttachOptions.echo). */
  silences(envelope: Envelope, live: boolean): boolean {
    if (envelope.device !== this.device || envelope.author !== this.user) return false;
    if (this.options.echo === "rooms") return envelope.conversation.startsWith("dm:");
    return live || envelope.at >= this.attachedAt; // answered on this very session
  }

  /** Whether events of this direct conversation concern the session. */
  follows(conversation: ConversationId): boolean {
    return this.inbox !== undefined || this.followers.has(conversation);
  }

  /** Cancels what would end it at a certain time. */
  stopTimer: (() => void) | undefined;

  end(fault: Fault): void {
    if (!this.attached) return;
    this.attached = false;
    this.#outbox.clear();
    this.options.ended(fault);
  }

  #refill(): void {
    if (this.followers.size > 0) for (const follower of this.followers.values()) follower.pull();
    this.queue?.pull();
    this.replay?.pull();
  }
}
