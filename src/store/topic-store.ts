// What the core asks of storage for plain topics: durable queues, shared subscriptions, retained messages.
import type { Publication } from "../model/event.ts";
import type { DeviceId, OriginId, UserId } from "../model/ids.ts";

/** A plain-topic message owed to durable sessions: its body is stored once, a queue entry for each session. */
export interface Enqueue {
  readonly publication: Publication;
  readonly sessions: readonly QueueTarget[];
  /** Names the publication until released, as in `DatedDraft`; with it a second enqueue writes nothing. */
  readonly originId?: OriginId | undefined;
}

export interface QueueTarget {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  readonly subscriptionIds?: readonly number[] | undefined;
  /** The shared subscription (`$share/group/filter`) that chose this session: the entry may change hands. */
  readonly share?: string | undefined;
}

/**
 * `positions[i]` is the place in `sessions[i]`'s queue: dense from 1 per device, and none is ever given twice, whatever
 * becomes of the device. Nodes speak of entries by their positions, and some of what they say comes late. Empty for a
 * duplicate.
 */
export interface Enqueued {
  readonly outcome: "new" | "duplicate";
  readonly positions: readonly number[];
}

/** The device has acknowledged this one queue entry. */
export interface QueueSettle {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly position: number;
}

/** Sets a topic's retained message, or deletes it when its payload is empty [MQTT-3.3.1-6]. */
export interface RetainedChange {
  readonly publication: Publication;
}

/** A plain-topic queue entry. */
export interface Queued {
  readonly position: number;
  readonly publication: Publication;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  readonly subscriptionIds?: readonly number[] | undefined;
  readonly share?: string | undefined;
}

/** An entry of a shared subscription, and whose queue it is in. */
export interface SharedEntry extends Queued {
  readonly user: UserId;
  readonly device: DeviceId;
  /** Later entries have higher ones, whatever queue they are in. */
  readonly order: number;
}

/** An entry of a shared subscription goes to the end of another session's queue; without `to` it is the device's own from now on. */
export interface HandOver {
  readonly from: QueueSettle;
  readonly to?: QueueTarget | undefined;
}

export interface TopicSubscription {
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: 0 | 1 | 2;
  readonly id?: number | undefined;
}

/** Plain topics: durable queues and retained messages. */
export interface Topics {
  /** Queue entries with position > after, ascending, at most `limit`. */
  queued(user: UserId, device: DeviceId, after: number, limit: number): Promise<readonly Queued[]>;
  /** What a shared subscription of the tenant owes, in any queue, with order > after, ascending, at most `limit`. */
  shared(host: string, share: string, after: number, limit: number): Promise<readonly SharedEntry[]>;
  /**
   * One transaction: each entry that is still there, and of a shared subscription, moves. The new positions, in the order
   * asked; undefined for what was settled, or moved by somebody else, or stays.
   */
  handOver(entries: readonly HandOver[]): Promise<readonly (number | undefined)[]>;
  /**
   * Drops what nobody gets any more, at most `limit` of each: retained messages that have expired, queue entries that had
   * by `queuedBefore` (a delivery that was begun before may be completed until then), and what shared subscriptions are
   * owed in queues of devices without a record, from before then.
   */
  dropExpired(nowMs: number, queuedBefore: number, limit: number): Promise<Dropped>;
  /** Every retained message (for the node's own index, at start). */
  retained(): AsyncIterable<readonly Publication[]>;
}

export interface Dropped {
  readonly retained: number;
  readonly queued: number;
}
