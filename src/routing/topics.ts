// Plain topics: matched, stored where a durable session or a retained message asks for it, and delivered.
import type { Bus } from "../bus/bus.ts";
import type { TopicSettler, Topics } from "../core.ts";
import type { Delivery, Publication } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { type DeviceId, hostOf, type OriginId, type UserId } from "../model/ids.ts";
import { isFilter } from "../model/pattern.ts";
import type { Clock } from "../ops/clock.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { nodesKey, topicsKey, userKey } from "../sessions/interests.ts";
import { QueueFollower } from "../sessions/queue-follower.ts";
import type { DeviceRecord, Enqueued, QueueTarget, Store, TopicSubscription } from "../store/store.ts";
import type { CommitLane, Waiter } from "./commit-lane.ts";
import { Retained } from "./retained.ts";
import { keyOf, type Match, plainTerms, type Subscriber, Subscribers } from "./subscribers.ts";

export interface TopicParts {
  readonly store: Pick<Store, "queued" | "retained" | "subscribers" | "putDevice">;
  readonly lane: CommitLane;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly maxRetained: number;
  readonly maxSubscriptions: number;
  recordOf(session: DeviceSession, subscriptions: readonly TopicSubscription[]): DeviceRecord;
  readonly failed: (error: unknown) => void;
}

export class TopicRouter implements Topics {
  readonly #parts: TopicParts;
  readonly #subscribers = new Subscribers();
  readonly #retained: Retained;
  /** For each reading of the store under way: devices whose subscriptions another node told of meanwhile. */
  readonly #told = new Set<Set<string>>();

  constructor(parts: TopicParts) {
    this.#parts = parts;
    this.#retained = new Retained(parts.maxRetained);
  }

  /**
   * Reads what is durable, at the start and after announcements may have been lost: retained messages, and the
   * subscriptions of devices that are not attached here. What is told meanwhile is newer than what was read.
   */
  async resync(): Promise<void> {
    const { store, clock } = this.#parts;
    const told = new Set<string>();
    this.#told.add(told);
    try {
      await this.#readSubscribers(told);
    } finally {
      this.#told.delete(told);
    }
    // A retained message may be announced before it is stored: the youngest are left as they are.
    await this.#retained.reconcile(store.retained(), clock.now() - 10_000);
  }

  async #readSubscribers(told: ReadonlySet<string>): Promise<void> {
    const away = new Map(this.#subscribers.away().map((subscriber) => [subscriber.key, subscriber]));
    for await (const page of this.#parts.store.subscribers()) {
      for (const record of page) {
        const known = this.#subscribers.find(record.user, record.device);
        if (known !== undefined) away.delete(known.key);
        if (known?.session === undefined && !told.has(keyOf(record.user, record.device))) this.#learn(record);
      }
    }
    for (const { key, user, device, session } of away.values()) {
      if (session === undefined && !told.has(key)) this.#learn({ user, device, subscriptions: [] });
    }
  }

  publish(publication: Publication, originId: OriginId | undefined, settler: TopicSettler, ticket: number): void {
    if (publication.retain && !this.#retained.admits(publication)) {
      return settler.published(ticket, new Fault("quota-exceeded", "no room for another retained message"));
    }
    const matches = this.#subscribers.match(publication.host, publication.topic);
    const targets = publication.qos === 0 ? none : targetsOf(publication, matches);
    // An origin id may name a publication that was delivered before: nobody, here or elsewhere, hears it until the
    // store has said so.
    if (originId === undefined) this.#parts.bus.announce([topicsKey(publication.host)], publication);
    if (publication.retain) this.#retained.set(publication);
    if (targets.length === 0 && originId === undefined) {
      const matched = this.#heardBy(this.#deliver(publication, matches));
      if (!publication.retain) return settler.published(ticket, matched);
      // QoS 0 promises nothing; the others are acknowledged once the retained message is durable (P1).
      if (publication.qos === 0) settler.published(ticket, matched);
      const waiter: Waiter<void> = {
        committed: (outcome) => {
          if (publication.qos > 0) settler.published(ticket, outcome instanceof Fault ? outcome : matched);
        },
      };
      return this.#parts.lane.pin({ publication }, waiter);
    }
    if (publication.retain) this.#parts.lane.pin({ publication }, ignored);
    const early = originId === undefined ? this.#deliver(publication, matches) : 0;
    this.#parts.lane.enqueue(
      { publication, sessions: targets, originId },
      {
        committed: (outcome) => {
          if (outcome instanceof Fault) return settler.published(ticket, outcome);
          const fresh = outcome.outcome === "new";
          const late = originId !== undefined && fresh ? this.#deliver(publication, matches) : 0;
          if (originId !== undefined && fresh) this.#parts.bus.announce([topicsKey(publication.host)], publication);
          settler.published(ticket, this.#heardBy(Math.max(matches.length, early, late)));
          if (fresh) this.#deliverQueued(publication, targets, outcome);
        },
      },
    );
  }

  /** A publication that another node accepted: its durable targets are queued already, their own nodes are rung. */
  heard(publication: Publication): void {
    if (publication.retain) this.#retained.set(publication);
    this.#deliver(publication, this.#subscribers.match(publication.host, publication.topic));
  }

  async subscribe(session: DeviceSession, subscription: TopicSubscription): Promise<void> {
    if (!isFilter(subscription.filter)) throw new Fault("bad-request", "malformed topic filter");
    const subscriber = this.attach(session);
    const existed = subscriber.subscriptions.has(subscription.filter);
    if (!existed && subscriber.subscriptions.size >= this.#parts.maxSubscriptions) {
      throw new Fault("quota-exceeded", "too many subscriptions on one session");
    }
    this.#subscribers.subscribe(subscriber, subscription);
    if (subscriber.durable) await this.#persist(session, subscriber);
    if (subscription.retainHandling === 2 || (subscription.retainHandling === 1 && existed)) return;
    this.#replay(session, subscription);
  }

  async unsubscribe(session: DeviceSession, filter: string): Promise<boolean> {
    const subscriber = this.#subscribers.find(session.user, session.device);
    if (subscriber === undefined || !this.#subscribers.unsubscribe(subscriber, filter)) return false;
    if (subscriber.durable) await this.#persist(session, subscriber);
    return true;
  }

  openQueue(session: DeviceSession): void {
    this.attach(session);
    session.queue ??= new QueueFollower(session, {
      store: this.#parts.store,
      failed: (error) => this.#parts.failed(error),
      expired: (position) => this.settle(session, position),
      clock: this.#parts.clock,
    });
    session.queue.pull();
  }

  settle(session: DeviceSession, position: number): void {
    this.#parts.lane.settle({ user: session.user, device: session.device, position });
  }

  subscriptionsOf(session: DeviceSession): readonly TopicSubscription[] {
    return [...(this.#subscribers.find(session.user, session.device)?.subscriptions.values() ?? [])];
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
  learn(record: Pick<DeviceRecord, "user" | "device" | "subscriptions">): void {
    for (const told of this.#told) told.add(keyOf(record.user, record.device));
    this.#learn(record);
  }

  #learn(record: Pick<DeviceRecord, "user" | "device" | "subscriptions">): void {
    const subscriber = this.#subscribers.claim(record.user, record.device, true);
    for (const filter of [...subscriber.subscriptions.keys()]) this.#subscribers.unsubscribe(subscriber, filter);
    for (const subscription of record.subscriptions) this.#subscribers.subscribe(subscriber, subscription);
    if (record.subscriptions.length === 0 && subscriber.session === undefined) this.#subscribers.remove(subscriber);
  }

  /** The device starts as new: nothing is collected for it any more. */
  forget(user: UserId, device: DeviceId): void {
    if (this.#subscribers.find(user, device) === undefined) return;
    this.learn({ user, device, subscriptions: [] });
    this.#tellNodes(user, device, []);
  }

  /** Something was queued for the device by another node. */
  ring(session: DeviceSession): void {
    session.queue?.ring();
  }

  /** Nobody here may be somebody on another node: only alone do we know that nobody subscribed. */
  #heardBy(matched: number): number {
    return matched === 0 && this.#parts.bus.nodes().length > 0 ? 1 : matched;
  }

  #deliver(publication: Publication, matches: readonly Match[]): number {
    const shared: (Delivery | undefined)[] = [];
    let matched = 0;
    for (const match of matches) {
      const { subscriber, qos: granted, subscriptionIds } = match;
      const qos = publication.qos < granted ? publication.qos : granted;
      if (match.noLocal && subscriber.user === publication.author && subscriber.device === publication.device) continue;
      matched++;
      const session = subscriber.session;
      if (session === undefined || (subscriber.durable && qos > 0)) continue; // away, or served from its queue
      const retain = match.retainAsPublished && publication.retain ? 1 : 0;
      let delivery = subscriptionIds === undefined ? shared[qos * 2 + retain] : undefined;
      if (delivery === undefined) {
        const terms =
          subscriptionIds === undefined ? plainTerms[qos]![retain] : { qos, retain: retain === 1, subscriptionIds };
        delivery = { event: publication, late: false, redelivered: false, terms };
        if (subscriptionIds === undefined) shared[qos * 2 + retain] = delivery;
      }
      if (qos === 0) session.offerUnless(1, delivery);
      else if (!session.offerUnless(1, delivery))
        session.end(new Fault("slow-consumer", "outbox full", { ends: "connection" }));
    }
    return matched;
  }

  #deliverQueued(publication: Publication, targets: readonly QueueTarget[], { positions }: Enqueued): void {
    targets.forEach((target, at) => {
      const session = this.#subscribers.find(target.user, target.device)?.session;
      const { qos, retain, subscriptionIds } = target;
      if (session !== undefined)
        session.queue?.hear(publication, { qos, retain, subscriptionIds, queued: positions[at]! });
      else this.#ringNodes(target);
    });
  }

  #replay(session: DeviceSession, subscription: TopicSubscription): void {
    const subscriptionIds = subscription.id === undefined ? undefined : [subscription.id];
    for (const publication of this.#retained.match(subscription.filter, this.#parts.clock.now())) {
      if (publication.host !== hostOf(session.user)) continue;
      const qos = Math.min(publication.qos, subscription.qos) as 0 | 1 | 2;
      const terms = { qos, retain: true, subscriptionIds };
      if (!session.offerUnless(1, { event: publication, late: true, redelivered: false, terms })) break;
    }
  }

  async #persist(session: DeviceSession, subscriber: Subscriber): Promise<void> {
    const subscriptions = [...subscriber.subscriptions.values()];
    await this.#parts.store.putDevice(this.#parts.recordOf(session, subscriptions));
    this.#tellNodes(session.user, session.device, subscriptions);
  }

  #tellNodes(user: string, device: string, subscriptions: readonly TopicSubscription[]): void {
    this.#parts.bus.announce([nodesKey], {
      type: "control",
      name: "subscriptions",
      payload: JSON.stringify({ user, device, subscriptions }),
    });
  }

  #ringNodes({ user, device }: QueueTarget): void {
    this.#parts.bus.announce([userKey(user)], {
      type: "control",
      name: "queued",
      payload: JSON.stringify({ user, device }),
    });
  }
}

const none: readonly QueueTarget[] = [];
const ignored: Waiter<void> = { committed: () => undefined };

/** Durable sessions that are owed the publication. */
function targetsOf(publication: Publication, matches: readonly Match[]): readonly QueueTarget[] {
  let targets: QueueTarget[] | undefined;
  for (const { subscriber, qos, noLocal, retainAsPublished, subscriptionIds } of matches) {
    if (!subscriber.durable || qos === 0) continue;
    if (noLocal && subscriber.user === publication.author && subscriber.device === publication.device) continue;
    const owed = Math.min(publication.qos, qos) as 1 | 2;
    (targets ??= []).push({
      user: subscriber.user,
      device: subscriber.device,
      qos: owed,
      retain: retainAsPublished && publication.retain,
      subscriptionIds,
    });
  }
  return targets ?? none;
}
