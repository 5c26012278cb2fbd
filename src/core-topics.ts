// What the core offers on plain topics; a part of `core.ts`.
import type { Session } from "./core.ts";
import type { Publication } from "./model/event.ts";
import type { Fault } from "./model/fault.ts";
import type { DeviceId, OriginId, UserId } from "./model/ids.ts";
import type { TopicSubscription } from "./store/store.ts";

/** Plain topics: MQTT's own ground, shared by all front-ends. */
export interface Topics {
  /**
   * Delivers to every matching subscription of the tenant. When a durable session matched (qos ≥ 1) or a retained
   * message changes, it is stored first and settles after the commit; otherwise it settles at once. `originId` names a
   * QoS 2 exchange until `router.release`. Faults: forbidden, quota-exceeded, unavailable.
   */
  publish(publication: Publication, originId: OriginId | undefined, settler: TopicSettler, ticket: number): void;
  /**
   * Adds or replaces the subscription; durable when it resolves if the session is. Retained messages that match go to
   * the outbox according to `retainHandling`, within this call's last tick: answer first, then drain.
   * Faults: bad-request (filter), forbidden, quota-exceeded.
   */
  subscribe(session: Session, subscription: TopicSubscription): Promise<void>;
  /** False when there was no such subscription. */
  unsubscribe(session: Session, filter: string): Promise<boolean>;
  /** Starts delivering what its queue holds, oldest first, and then live. Call once after attach, when ready to drain. */
  openQueue(session: Session): void;
  /** The device has acknowledged this queue entry (`terms.queued`). `stored` is called when the store holds it no more. */
  settle(session: Session, position: number, stored?: () => void): void;
  subscriptionsOf(session: Session): readonly TopicSubscription[];
  /** Whether the access rules let the device publish to the topic; `publish` asks by itself. */
  mayPublish(user: UserId, device: DeviceId, topic: string): boolean;
  /** Whether they let it read all that the filter matches; `subscribe` asks for some of it, and leaves out the rest. */
  mayReadAll(user: UserId, device: DeviceId, filter: string): boolean;
  /**
   * This node's word on itself (`$SYS/…`): delivered to its own subscribers at QoS 0, and kept as the topic's last
   * value for those to come. Neither stored nor told to other nodes, and gone with the process.
   */
  report(topic: string, payload: Uint8Array): void;
  /** The topic's retained message; who may read it is asked before. */
  last(topic: string): Publication | undefined;
  status(): TopicStatus;
}

/** Plain topics in numbers, as this node knows them. */
export interface TopicStatus {
  readonly subscriptions: number;
  /** Durable devices with subscriptions that are not attached here. */
  readonly away: number;
  readonly retained: number;
  /** Bytes of their payloads. */
  readonly retainedBytes: number;
  /** Deliveries that were dropped because their session's outbox was full (QoS 0), since the start. */
  readonly dropped: number;
  /** Devices forgotten because their time was over, since the start. */
  readonly expired: number;
}

export interface TopicSettler {
  /** `matched`: subscriptions that got it (or will). 0 only when nobody can have: with other nodes up, 1 stands for theirs. */
  published(ticket: number, outcome: Fault | number): void;
}
