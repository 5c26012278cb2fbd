// Plain topics: matched, stored where a durable session or a retained message asks for it, and delivered.
import type { Bus, InterestKey } from "../bus/bus.ts";
import type { TopicSettler, TopicStatus, Topics } from "../core.ts";
import type { Publication } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { type DeviceId, type OriginId, type UserId } from "../model/ids.ts";
import { isWithin, shareOf, type TopicBounds } from "../model/pattern.ts";
import { refusals } from "../ops/refusals.ts";
import type { Clock } from "../ops/clock.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { topicsKey } from "../sessions/interests.ts";
import { QueueFollower } from "../sessions/queue-follower.ts";
import type { DeviceRecord, Enqueued, QueueTarget, Store, TopicSubscription } from "../store/store.ts";
import type { CommitLane, Waiter } from "./commit-lane.ts";
import { Acl, type AclOptions, type AclRule } from "./acl.ts";
import type { Hearings } from "./hearings.ts";
import type { KeptTopics } from "./kept-topics.ts";
import { Reports } from "./reports.ts";
import { QueueGauge } from "./queue-gauge.ts";
import { Retained, type RetainedBounds } from "./retained.ts";
import { replay } from "./retained-replay.ts";
import type { Choice } from "./share-groups.ts";
import { owed } from "./shared-delivery.ts";
import type { Leaver } from "./shared-queues.ts";
import { SharedTopics } from "./shared-topics.ts";
import { deliver, dropped, targetsOf } from "./topic-delivery.ts";
import type { Match, Subscriber } from "./subscribers.ts";
import { TopicSubscriptions } from "./topic-subscriptions.ts";

export interface TopicParts {
  /** The tenant served. */
  readonly host: string;
  readonly store: Pick<Store, "queued" | "retained" | "subscribers" | "putDevice" | "shared" | "handOver" | "device">;
  readonly lane: CommitLane;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly hearings: Hearings;
  readonly retained: RetainedBounds;
  readonly topicBounds: TopicBounds;
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  readonly maxSubscriptions: number;
  readonly rules: AclOptions;
  recordOf(session: DeviceSession, subscriptions: readonly TopicSubscription[]): DeviceRecord;
  readonly kept: Pick<KeptTopics, "keep">;
  readonly failed: (error: unknown) => void;
}

export class TopicRouter implements Topics {
  readonly #parts: TopicParts;
  readonly #subscriptions: TopicSubscriptions;
  readonly shared: SharedTopics;
  readonly retained: Retained;
  readonly #reports: Reports;
  readonly #acl: Acl;
  #expired = 0;
  /** Of this tenant's topics, for the bus. */
  readonly #keys: readonly InterestKey[];

  constructor(parts: TopicParts) {
    this.#parts = parts;
    this.#keys = [topicsKey(parts.host)];
    this.#acl = new Acl(parts.rules);
    this.#subscriptions = new TopicSubscriptions(parts, this.#acl);
    this.shared = new SharedTopics({
      ...parts,
      acl: this.#acl,
      groups: this.#subscriptions.shares,
      subscriptionsOf: (session) => this.#subscriptions.of(session),
      find: (user, device) => this.#subscriptions.find(user, device),
      settle: (session, number) => this.settle(session, number),
    });
    this.retained = new Retained(parts.retained);
    this.#reports = new Reports(parts.host);
  }

  /** Reads what is durable, at the start and after announcements may have been lost: subscriptions, retained messages. */
  async resync(): Promise<void> {
    const { store, clock } = this.#parts;
    await this.#subscriptions.resync();
    this.shared.resync();
    // A retained message may be announced before it is stored: the youngest are left as they are.
    await this.retained.reconcile(this.#own(store.retained()), clock.now() - 10_000);
  }

  publish(publication: Publication, originId: OriginId | undefined, asker: TopicSettler, ticket: number): void {
    const refusal = this.#refusalOf(publication);
    if (refusal !== undefined) return asker.published(ticket, refusal);
    const choices = this.shared.delivery.choose(publication);
    if (choices instanceof Fault) return asker.published(ticket, choices);
    const settler = this.#parts.kept.keep(publication, originId, asker, ticket);
    if (settler instanceof Fault) return asker.published(ticket, settler);
    const matches = this.#subscriptions.match(publication.host, publication.topic);
    const targets = owed(publication, targetsOf(publication, matches), choices);
    // An origin id may name a publication that was delivered before: nobody, here or elsewhere, hears it until the
    // store has said so.
    if (originId === undefined) this.#parts.bus.announce(this.#keysOf(publication), publication);
    if (publication.retain) this.retained.set(publication);
    if (targets.length === 0 && originId === undefined) {
      const matched = this.#heardBy(this.#deliver(publication, matches, choices));
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
    const early = originId === undefined ? this.#deliver(publication, matches, choices) : 0;
    this.#parts.lane.enqueue(
      { publication, sessions: targets, originId },
      {
        committed: (outcome) => {
          if (outcome instanceof Fault) return settler.published(ticket, outcome);
          const fresh = outcome.outcome === "new";
          const late = originId !== undefined && fresh ? this.#deliver(publication, matches, choices) : 0;
          if (originId !== undefined && fresh) this.#parts.bus.announce(this.#keysOf(publication), publication);
          settler.published(ticket, this.#heardBy(Math.max(matches.length + choices.length, early, late)));
          if (fresh) this.#deliverQueued(publication, { targets, choices }, outcome);
        },
      },
    );
  }

  #refusalOf(publication: Publication): Fault | undefined {
    const { author, device, topic, retain } = publication;
    if (!isWithin(topic, this.#parts.topicBounds)) {
      refusals.topic.add();
      return new Fault("bad-request", "a topic with too many levels or bytes");
    }
    if (!this.#acl.mayPublish(author, device, topic)) {
      refusals.publish.add();
      return new Fault("forbidden", "the access rules do not let it publish there");
    }
    if (!retain || this.retained.admits(publication)) return undefined;
    refusals.retained.add();
    return new Fault("quota-exceeded", "no room for another retained message");
  }

  /** A publication that another node accepted: its durable targets are queued already, their own nodes are rung. */
  heard(publication: Publication): void {
    if (publication.to !== undefined) return this.shared.delivery.arrived(publication, publication.to);
    if (publication.retain) this.retained.set(publication);
    deliver(publication, this.#subscriptions.match(publication.host, publication.topic));
  }

  async subscribe(session: DeviceSession, subscription: TopicSubscription): Promise<void> {
    const shared = shareOf(subscription.filter) !== undefined;
    if (shared) this.shared.delivery.leasesOf(session);
    const existed = await this.#subscriptions.add(session, subscription);
    if (shared) return this.shared.joined(session); // no retained messages (MQTT 5.0 §3.8.4)
    if (subscription.retainHandling === 2 || (subscription.retainHandling === 1 && existed)) return;
    const parts = { retained: this.retained, reports: this.#reports, acl: this.#acl, clock: this.#parts.clock };
    replay(session, subscription, parts);
  }

  async unsubscribe(session: DeviceSession, filter: string): Promise<boolean> {
    session.replay?.drop(filter);
    const existed = await this.#subscriptions.remove(session, filter);
    if (existed && shareOf(filter) !== undefined) await this.shared.left(session);
    return existed;
  }

  openQueue(session: DeviceSession): void {
    this.#subscriptions.attach(session);
    session.queue ??= new QueueFollower(session, {
      store: this.#parts.store,
      failed: (error) => this.#parts.failed(error),
      mayRead: () => this.#acl.mayRead,
      expired: (position) => this.settle(session, position),
      clock: this.#parts.clock,
    });
    session.queue.pull();
  }

  settle(session: DeviceSession, position: number): void {
    session.leases?.settle(position);
    if (position > 0) this.#parts.lane.settle({ user: session.user, device: session.device, position });
  }

  subscriptionsOf(session: DeviceSession): readonly TopicSubscription[] {
    return this.#subscriptions.of(session);
  }

  mayPublish(user: UserId, device: DeviceId, topic: string): boolean {
    return this.#acl.mayPublish(user, device, topic);
  }

  mayReadAll(user: UserId, device: DeviceId, filter: string): boolean {
    return this.#acl.maySubscribe(user, device, filter, true);
  }

  /** Other access rules, for who is connected too: what they may not read any more is not delivered from here on. */
  govern(rules: readonly AclRule[]): void {
    this.#acl.replace(rules);
    this.#subscriptions.forgetMatches();
  }

  attach(session: DeviceSession): void {
    this.#subscriptions.attach(session);
    void this.shared.joined(session); // never rejects
  }

  /** The session is gone; a durable one goes on collecting if it is kept. */
  detach(session: DeviceSession, keep: boolean): void {
    this.#subscriptions.detach(session, keep);
    if (session.leases !== undefined) this.shared.gone(session);
  }

  /** What a member of shared subscriptions leaves behind goes to others; its device's queue is as it was before. */
  handOver(leaver: Leaver): Promise<void> {
    return this.shared.queues.handOver(leaver);
  }

  /** What a durable device subscribes to, from another node. */
  learn(record: Pick<DeviceRecord, "user" | "device" | "subscriptions">): void {
    this.#subscriptions.learn(record);
  }

  /** The device starts as new: nothing is collected for it any more. */
  forget(user: UserId, device: DeviceId): void {
    this.#subscriptions.forget(user, device);
  }

  /** The account is gone, and its devices with it: nothing is collected for them any more. */
  forgetAll(user: UserId): void {
    this.#subscriptions.forgetAll(user);
  }

  /** The device's time is over. */
  expire({ user, device }: DeviceRecord): void {
    this.#expired++;
    this.#subscriptions.learn({ user, device, subscriptions: [] });
  }

  report(topic: string, payload: Uint8Array): void {
    const publication = this.#reports.note(topic, payload, this.#parts.clock.now());
    deliver(publication, this.#subscriptions.match(publication.host, topic));
  }

  last(topic: string): Publication | undefined {
    return this.retained.match(topic, this.#parts.clock.now())[0];
  }

  status(): TopicStatus {
    const { size, bytes } = this.retained;
    const { count, away } = this.#subscriptions;
    const numbers = { retained: size, retainedBytes: bytes, dropped: dropped.value, expired: this.#expired };
    return { subscriptions: count, away, ...numbers };
  }

  #keysOf({ host }: Publication): readonly InterestKey[] {
    return host === this.#parts.host ? this.#keys : [topicsKey(host)];
  }

  /** Nobody here may be somebody on another node: only alone do we know that nobody subscribed. */
  #heardBy(matched: number): number {
    return matched === 0 && this.#parts.bus.nodes().length > 0 ? 1 : matched;
  }

  #deliver(publication: Publication, matches: readonly Match[], choices: readonly Choice[]): number {
    const matched = deliver(publication, matches);
    return choices.length === 0 ? matched : matched + this.shared.delivery.deliver(publication, choices);
  }

  #deliverQueued(publication: Publication, { targets, choices }: Owed, { positions }: Enqueued): void {
    const stored = choices.filter((choice) => choice.stored);
    const own = targets.length - stored.length;
    targets.forEach((target, at) => {
      const subscriber = this.#subscriptions.find(target.user, target.device);
      if (subscriber !== undefined) this.#gaugeOf(subscriber).noted(positions[at]!, publication.payload.length);
      if (at >= own) return this.shared.delivery.stored(publication, stored[at - own]!, positions[at]!);
      const { qos, retain, subscriptionIds } = target;
      const queued = positions[at]!;
      if (subscriber?.session !== undefined)
        subscriber.session.queue?.hear(publication, { qos, retain, subscriptionIds, queued });
      else this.shared.delivery.ring(target);
    });
  }

  #gaugeOf(subscriber: Subscriber): QueueGauge {
    return (subscriber.gauge ??= new QueueGauge(this.#parts, subscriber.user, subscriber.device));
  }

  /** Of what the store holds, this tenant's. */
  async *#own(pages: AsyncIterable<readonly Publication[]>): AsyncIterable<readonly Publication[]> {
    for await (const page of pages) yield page.filter(({ host }) => host === this.#parts.host);
  }
}

const ignored: Waiter<void> = { committed: () => undefined };

interface Owed {
  readonly targets: readonly QueueTarget[];
  readonly choices: readonly Choice[];
}
