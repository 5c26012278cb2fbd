// Plain topics: who subscribes, what is retained, whose queue is served; the road of a publication is `topic-publishing.ts`.
import type { Bus } from "../bus/bus.ts";
import type { TopicSettler, TopicStatus, Topics } from "../core.ts";
import type { Publication } from "../model/event.ts";
import type { DeviceId, OriginId, UserId } from "../model/ids.ts";
import { shareOf, type TopicBounds } from "../model/pattern.ts";
import type { Clock } from "../ops/clock.ts";
import { refusals } from "../ops/refusals.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { QueueFollower } from "../sessions/queue-follower.ts";
import type { DeviceRecord, Store, TopicSubscription } from "../store/store.ts";
import { Acl, type AclOptions, type AclRule } from "./acl.ts";
import type { CommitLane } from "./commit-lane.ts";
import type { Hearings } from "./hearings.ts";
import type { KeptTopics } from "./kept-topics.ts";
import { Reports } from "./reports.ts";
import { Retained, type RetainedBounds } from "./retained.ts";
import { replay } from "./retained-replay.ts";
import type { Leaver } from "./shared-queues.ts";
import { SharedTopics } from "./shared-topics.ts";
import { deliver } from "./topic-delivery.ts";
import { TopicPublishing } from "./topic-publishing.ts";
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
  readonly #publishing: TopicPublishing;
  #expired = 0;

  constructor(parts: TopicParts) {
    this.#parts = parts;
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
    const { retained, shared } = this;
    this.#publishing = new TopicPublishing({
      ...parts,
      acl: this.#acl,
      subscriptions: this.#subscriptions,
      retained,
      shared: shared.delivery,
    });
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
    this.#publishing.publish(publication, originId, asker, ticket);
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
    session.queue ??= this.#queueOf(session);
    session.queue.pull();
  }

  settle(session: DeviceSession, position: number, stored?: () => void): void {
    session.leases?.settle(position);
    if (position > 0) this.#parts.lane.settle({ user: session.user, device: session.device, position }, stored);
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
    const numbers = { retained: size, retainedBytes: bytes, dropped: refusals.outbox.value, expired: this.#expired };
    return { subscriptions: count, away, ...numbers };
  }

  #queueOf(session: DeviceSession): QueueFollower {
    const queue = new QueueFollower(session, {
      store: this.#parts.store,
      failed: (error) => this.#parts.failed(error),
      mayRead: () => this.#acl.mayRead,
      expired: (position) => this.settle(session, position),
      clock: this.#parts.clock,
    });
    const known = this.shared.known(session);
    if (known !== undefined) queue.hold(known);
    return queue;
  }

  /** Of what the store holds, this tenant's. */
  async *#own(pages: AsyncIterable<readonly Publication[]>): AsyncIterable<readonly Publication[]> {
    for await (const page of pages) yield page.filter(({ host }) => host === this.#parts.host);
  }
}
