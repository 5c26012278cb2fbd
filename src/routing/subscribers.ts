// Who subscribes to plain topics: attached devices of this node, and durable ones wherever they are.
import type { TopicTerms } from "../model/event.ts";
import { type DeviceId, deviceKey, hostOf, type UserId } from "../model/ids.ts";
import { SmallMap } from "../model/small-map.ts";
import { shareOf } from "../model/pattern.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { PatternTrie } from "../sessions/pattern-trie.ts";
import type { QueueGauge } from "./queue-gauge.ts";
import type { Acl, MayRead } from "./acl.ts";
import type { TopicSubscription } from "../store/store.ts";
import { MatchCache } from "./match-cache.ts";
import { ShareGroups } from "./share-groups.ts";

/** A device with subscriptions. Durable ones stay here while away. */
export interface Subscriber {
  readonly key: string;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly durable: boolean;
  /** Attached on this node. */
  session: DeviceSession | undefined;
  readonly subscriptions: SmallMap<string, TopicSubscription>;
  /** Of its queue, once something was queued. */
  gauge: QueueGauge | undefined;
}

/** One subscriber's terms for one topic, its overlapping subscriptions taken together [MQTT-3.3.4-2] [MQTT-3.3.4-3]. */
export interface Match {
  readonly subscriber: Subscriber;
  readonly qos: 0 | 1 | 2;
  /** All of its matching subscriptions refuse the device's own publications. */
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly subscriptionIds: readonly number[] | undefined;
}

interface Entry {
  readonly subscriber: Subscriber;
  readonly subscription: TopicSubscription;
}

/** Tenants apart: their topics never meet. */
interface Tenant {
  readonly trie: PatternTrie<Entry>;
  readonly cache: MatchCache<readonly Match[]>;
}

export class Subscribers {
  readonly #byKey = new Map<string, Subscriber>();
  readonly #tenants = new Map<string, Tenant>();
  /** Asked for last: most servers have one. */
  #latest: { readonly host: string; readonly tenant: Tenant } | undefined;
  /** Shared subscriptions are matched apart: each is one subscriber, whoever gets it. */
  readonly shares = new ShareGroups();
  readonly #acl: Pick<Acl, "mayRead">;

  constructor(acl: Pick<Acl, "mayRead"> = { mayRead: undefined }) {
    this.#acl = acl;
  }

  find(user: UserId, device: DeviceId): Subscriber | undefined {
    return this.#byKey.get(deviceKey(user, device));
  }

  /** Durable devices that are not attached here. */
  away(): Subscriber[] {
    return [...this.#byKey.values()].filter((subscriber) => subscriber.durable && subscriber.session === undefined);
  }

  /** Subscriptions of all tenants. */
  get count(): number {
    let count = this.shares.count;
    for (const { trie } of this.#tenants.values()) count += trie.size;
    return count;
  }

  /** The device's entry, made if there is none. */
  claim(user: UserId, device: DeviceId, durable: boolean): Subscriber {
    const key = deviceKey(user, device);
    let subscriber = this.#byKey.get(key);
    if (subscriber !== undefined && subscriber.durable === durable) return subscriber;
    if (subscriber !== undefined) this.remove(subscriber);
    subscriber = { key, user, device, durable, session: undefined, subscriptions: new SmallMap(), gauge: undefined };
    this.#byKey.set(key, subscriber);
    return subscriber;
  }

  remove(subscriber: Subscriber): void {
    for (const filter of [...subscriber.subscriptions.keys()]) this.unsubscribe(subscriber, filter);
    this.#byKey.delete(subscriber.key);
  }

  subscribe(subscriber: Subscriber, given: TopicSubscription): void {
    // All of one shape: an object that was put together from parts has a shape of its own, which weighs more than it.
    const { filter, qos, noLocal, retainAsPublished, retainHandling, id } = given;
    const subscription: TopicSubscription = { filter, qos, noLocal, retainAsPublished, retainHandling, id };
    subscriber.subscriptions.set(subscription.filter, subscription);
    if (shareOf(subscription.filter) !== undefined) return this.shares.join(subscriber, subscription);
    this.#trieOf(subscriber).set(subscription.filter, subscriber.key, { subscriber, subscription });
  }

  unsubscribe(subscriber: Subscriber, filter: string): boolean {
    if (!subscriber.subscriptions.delete(filter)) return false;
    if (shareOf(filter) !== undefined) return this.shares.leave(subscriber, filter);
    return this.#trieOf(subscriber).delete(filter, subscriber.key);
  }

  /** Cached per topic until any subscription of the tenant changes. */
  match(host: string, topic: string): readonly Match[] {
    if (this.#latest?.host !== host) {
      const tenant = this.#tenants.get(host);
      if (tenant === undefined) return none;
      this.#latest = { host, tenant };
    }
    const { trie, cache } = this.#latest.tenant;
    let matches = cache.get(topic);
    if (matches === undefined) cache.set(topic, (matches = matchesIn(trie, topic, this.#acl.mayRead)));
    return matches;
  }

  /** What a match depends on beside subscriptions has changed: who may read. */
  forgetMatches(): void {
    for (const { cache } of this.#tenants.values()) cache.clear();
  }

  #trieOf(subscriber: Subscriber): PatternTrie<Entry> {
    const host = hostOf(subscriber.user);
    let tenant = this.#tenants.get(host);
    if (tenant === undefined) {
      const trie = new PatternTrie<Entry>();
      this.#tenants.set(host, (tenant = { trie, cache: new MatchCache(trie) }));
    }
    return tenant.trie;
  }
}

const none: readonly Match[] = [];

function matchesIn(trie: PatternTrie<Entry>, topic: string, mayRead: MayRead | undefined): readonly Match[] {
  const bySubscriber = new Map<Subscriber, TopicSubscription[]>();
  trie.match(topic, ({ subscriber, subscription }) => {
    if (mayRead?.(subscriber.user, subscriber.device, topic) === false) return;
    const others = bySubscriber.get(subscriber);
    if (others === undefined) bySubscriber.set(subscriber, [subscription]);
    else others.push(subscription);
  });
  return [...bySubscriber].map(([subscriber, subscriptions]) => {
    const ids = subscriptions.flatMap((subscription) => (subscription.id === undefined ? [] : [subscription.id]));
    return {
      subscriber,
      qos: Math.max(...subscriptions.map((subscription) => subscription.qos)) as 0 | 1 | 2,
      noLocal: subscriptions.every((subscription) => subscription.noLocal),
      retainAsPublished: subscriptions.some((subscription) => subscription.retainAsPublished),
      subscriptionIds: ids.length > 0 ? ids : undefined,
    };
  });
}

/** Terms shared by all who get a publication alike: one object for each (QoS, retain). */
export const plainTerms: readonly (readonly [TopicTerms, TopicTerms])[] = ([0, 1, 2] as const).map((qos) => [
  { qos, retain: false },
  { qos, retain: true },
]);
