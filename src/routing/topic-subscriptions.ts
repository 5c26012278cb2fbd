// Who subscribes to plain topics, kept in step: this node's sessions, the store's record of durable ones, other nodes.
import type { Bus } from "../bus/bus.ts";
import { type DeviceId, deviceKey, type UserId } from "../model/ids.ts";
import { Fault } from "../model/fault.ts";
import { isFilter, isWithin, shareOf, type TopicBounds } from "../model/pattern.ts";
import { refusals } from "../ops/refusals.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { nodesKey } from "../sessions/interests.ts";
import type { DeviceRecord, Store, TopicSubscription } from "../store/store.ts";
import type { Acl } from "./acl.ts";
import type { Hearings } from "./hearings.ts";
import type { ShareGroups } from "./share-groups.ts";
import { type Match, type Subscriber, Subscribers } from "./subscribers.ts";

export interface TopicSubscriptionParts {
  readonly store: Pick<Store, "subscribers" | "putDevice">;
  readonly bus: Bus;
  readonly hearings: Hearings;
  readonly maxSubscriptions: number;
  readonly topicBounds: TopicBounds;
  recordOf(session: DeviceSession, subscriptions: readonly TopicSubscription[]): DeviceRecord;
}

type Subscribed = Pick<DeviceRecord, "user" | "device" | "subscriptions">;

export class TopicSubscriptions {
  readonly #parts: TopicSubscriptionParts;
  readonly #acl: Acl;
  readonly #subscribers: Subscribers;
  /** For each reading of the store under way: devices whose subscriptions another node told of meanwhile. */
  readonly #told = new Set<Set<string>>();

  constructor(parts: TopicSubscriptionParts, acl: Acl) {
    this.#parts = parts;
    this.#acl = acl;
    this.#subscribers = new Subscribers(acl);
  }

  /**
   * Reads the subscriptions of devices that are not attached here, at the start and after announcements may have been
   * lost. What is told meanwhile is newer than what was read.
   */
  async resync(): Promise<void> {
    const told = new Set<string>();
    this.#told.add(told);
    try {
      await this.#read(told);
    } finally {
      this.#told.delete(told);
    }
  }

  async #read(told: ReadonlySet<string>): Promise<void> {
    const away = new Map(this.#subscribers.away().map((subscriber) => [subscriber.key, subscriber]));
    for await (const page of this.#parts.store.subscribers()) {
      for (const record of page) {
        const known = this.#subscribers.find(record.user, record.device);
        if (known !== undefined) away.delete(known.key);
        if (known?.session === undefined && !told.has(deviceKey(record.user, record.device))) this.#learn(record);
      }
    }
    for (const { key, user, device, session } of away.values()) {
      if (session === undefined && !told.has(key)) this.#learn({ user, device, subscriptions: [] });
    }
  }

  /** Of all sessions and durable devices known here. */
  get count(): number {
    return this.#subscribers.count;
  }

  /** Durable devices that are not attached here. */
  get away(): number {
    return this.#subscribers.away().length;
  }

  get shares(): ShareGroups {
    return this.#subscribers.shares;
  }

  match(host: string, topic: string): readonly Match[] {
    return this.#subscribers.match(host, topic);
  }

  /** Who may read what has changed. */
  forgetMatches(): void {
    this.#subscribers.forgetMatches();
  }

  find(user: UserId, device: DeviceId): Subscriber | undefined {
    return this.#subscribers.find(user, device);
  }

  of(session: DeviceSession): readonly TopicSubscription[] {
    return [...(this.#subscribers.find(session.user, session.device)?.subscriptions.values() ?? [])];
  }

  /** Adds or replaces; durable when it resolves if the session is. Resolves with whether there was one already. */
  async add(session: DeviceSession, subscription: TopicSubscription): Promise<boolean> {
    if (!isFilter(subscription.filter)) throw new Fault("bad-request", "malformed topic filter");
    const read = shareOf(subscription.filter)?.filter ?? subscription.filter;
    if (!isWithin(read, this.#parts.topicBounds)) {
      refusals.topic.add();
      throw new Fault("bad-request", "a filter with too many levels or bytes");
    }
    if (!this.#acl.maySubscribe(session.user, session.device, read)) {
      refusals.subscribe.add();
      throw new Fault("forbidden", "the access rules let it read nothing there");
    }
    if (!session.attached) throw new Fault("unavailable", "the session has ended");
    const subscriber = this.attach(session);
    const existed = subscriber.subscriptions.has(subscription.filter);
    if (!existed && subscriber.subscriptions.size >= this.#parts.maxSubscriptions) {
      refusals.subscriptions.add();
      throw new Fault("quota-exceeded", "too many subscriptions on one session");
    }
    this.#subscribers.subscribe(subscriber, subscription);
    if (subscriber.durable) await this.#persist(session, subscriber);
    return existed;
  }

  async remove(session: DeviceSession, filter: string): Promise<boolean> {
    const subscriber = this.#subscribers.find(session.user, session.device);
    if (subscriber === undefined || !this.#subscribers.unsubscribe(subscriber, filter)) return false;
    if (subscriber.durable) await this.#persist(session, subscriber);
    return true;
  }

  /** The session's entry among the subscribers; a remembered device gets its subscriptions back. */
  attach(session: DeviceSession): Subscriber {
    const subscriber = this.#subscribers.claim(session.user, session.device, session.options.durable);
    if (subscriber.session === session) return subscriber;
    subscriber.session = session;
    if (subscriber.durable && subscriber.subscriptions.size === 0) {
      for (const subscription of session.known?.subscriptions ?? [])
        this.#subscribers.subscribe(subscriber, subscription);
    }
    return subscriber;
  }

  /** The session is gone; a durable one goes on collecting if it is kept. */
  detach(session: DeviceSession, keep: boolean): void {
    const subscriber = this.#subscribers.find(session.user, session.device);
    if (subscriber === undefined || subscriber.session !== session) return;
    subscriber.session = undefined;
    if (keep && subscriber.durable) return;
    this.#subscribers.remove(subscriber);
    if (subscriber.durable) this.#tellNodes(session.user, session.device, []);
  }

  /** What a durable device subscribes to, from another node. */
  learn(record: Subscribed): void {
    for (const told of this.#told) told.add(deviceKey(record.user, record.device));
    this.#learn(record);
  }

  /** The device starts as new: nothing is collected for it any more. */
  forget(user: UserId, device: DeviceId): void {
    if (this.#subscribers.find(user, device) === undefined) return;
    this.learn({ user, device, subscriptions: [] });
    this.#tellNodes(user, device, []);
  }

  /** The account is gone from every node: each forgets by itself. */
  forgetAll(user: UserId): void {
    for (const subscriber of this.#subscribers.away())
      if (subscriber.user === user) this.learn({ user, device: subscriber.device, subscriptions: [] });
  }

  #learn(record: Subscribed): void {
    const subscriber = this.#subscribers.claim(record.user, record.device, true);
    for (const filter of [...subscriber.subscriptions.keys()]) this.#subscribers.unsubscribe(subscriber, filter);
    for (const subscription of record.subscriptions) this.#subscribers.subscribe(subscriber, subscription);
    if (record.subscriptions.length === 0 && subscriber.session === undefined) this.#subscribers.remove(subscriber);
  }

  async #persist(session: DeviceSession, subscriber: Subscriber): Promise<void> {
    const subscriptions = [...subscriber.subscriptions.values()];
    await this.#parts.store.putDevice(this.#parts.recordOf(session, subscriptions));
    const { user, device } = session;
    // Known everywhere before it is answered: what is published on another node from then on is collected, too.
    await this.#parts.hearings.tell("subscriptions", { user, device, subscriptions });
  }

  #tellNodes(user: string, device: string, subscriptions: readonly TopicSubscription[]): void {
    this.#parts.bus.announce([nodesKey], {
      type: "control",
      name: "subscriptions",
      payload: JSON.stringify({ user, device, subscriptions }),
    });
  }
}
