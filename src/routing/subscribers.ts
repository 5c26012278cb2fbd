// Who subscribes to plain topics: attached devices of this node, and durable ones wherever they are.
import type { TopicTerms } from "../model/event.ts";
import type { DeviceId, UserId } from "../model/ids.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { PatternTrie } from "../sessions/pattern-trie.ts";
import type { TopicSubscription } from "../store/store.ts";

/** A device with subscriptions. Durable ones stay here while away. */
export interface Subscriber {
  readonly key: string;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly durable: boolean;
  /** Attached on this node. */
  session: DeviceSession | undefined;
  readonly subscriptions: Map<string, TopicSubscription>;
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

const cachedTopics = 10_000;

export class Subscribers {
  readonly #byKey = new Map<string, Subscriber>();
  readonly #tries = new Map<string, PatternTrie<Entry>>();
  #cache = new Map<string, { readonly version: number; readonly matches: readonly Match[] }>();

  find(user: UserId, device: DeviceId): Subscriber | undefined {
    return this.#byKey.get(keyOf(user, device));
  }

  /** The device's entry, made if there is none. */
  claim(user: UserId, device: DeviceId, durable: boolean): Subscriber {
    const key = keyOf(user, device);
    let subscriber = this.#byKey.get(key);
    if (subscriber !== undefined && subscriber.durable === durable) return subscriber;
    if (subscriber !== undefined) this.remove(subscriber);
    subscriber = { key, user, device, durable, session: undefined, subscriptions: new Map() };
    this.#byKey.set(key, subscriber);
    return subscriber;
  }

  remove(subscriber: Subscriber): void {
    for (const filter of [...subscriber.subscriptions.keys()]) this.unsubscribe(subscriber, filter);
    this.#byKey.delete(subscriber.key);
  }

  subscribe(subscriber: Subscriber, subscription: TopicSubscription): void {
    subscriber.subscriptions.set(subscription.filter, subscription);
    this.#trieOf(subscriber).set(subscription.filter, subscriber.key, { subscriber, subscription });
  }

  unsubscribe(subscriber: Subscriber, filter: string): boolean {
    if (!subscriber.subscriptions.delete(filter)) return false;
    return this.#trieOf(subscriber).delete(filter, subscriber.key);
  }

  /** Cached per topic until any subscription of the tenant changes. */
  match(host: string, topic: string): readonly Match[] {
    const trie = this.#tries.get(host);
    if (trie === undefined) return none;
    const cacheKey = `${host} ${topic}`;
    const cached = this.#cache.get(cacheKey);
    if (cached !== undefined && cached.version === trie.version) return cached.matches;
    const matches = matchesIn(trie, topic);
    if (this.#cache.size >= cachedTopics) this.#cache.clear();
    this.#cache.set(cacheKey, { version: trie.version, matches });
    return matches;
  }

  #trieOf(subscriber: Subscriber): PatternTrie<Entry> {
    const host = subscriber.user.slice(subscriber.user.lastIndexOf("@") + 1);
    let trie = this.#tries.get(host);
    if (trie === undefined) this.#tries.set(host, (trie = new PatternTrie()));
    return trie;
  }
}

const none: readonly Match[] = [];

function keyOf(user: UserId, device: DeviceId): string {
  return `${user} ${device}`;
}

function matchesIn(trie: PatternTrie<Entry>, topic: string): readonly Match[] {
  const bySubscriber = new Map<Subscriber, TopicSubscription[]>();
  trie.match(topic, ({ subscriber, subscription }) => {
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
