// Shared subscriptions (MQTT 5.0 §4.8.2) and their members: sessions here, durable devices anywhere, sessions elsewhere.
import type { Publication } from "../model/event.ts";
import { type DeviceId, deviceKey, hostOf, type NodeId, type UserId } from "../model/ids.ts";
import { shareOf } from "../model/pattern.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { PatternTrie } from "../sessions/pattern-trie.ts";
import type { TopicSubscription } from "../store/store.ts";
import type { MayRead } from "./acl.ts";
import { MatchCache } from "./match-cache.ts";
import type { Subscriber } from "./subscribers.ts";

/** One shared subscription of a tenant. Its name is the whole filter: each has its own share of what it matches. */
export interface Group {
  readonly host: string;
  readonly share: string;
  readonly filter: string;
  readonly members: Map<string, Member>;
}

export interface Member {
  readonly key: string;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly durable: boolean;
  subscription: TopicSubscription;
  /** Attached here, or durable; undefined for one that lives on another node and nowhere else. */
  subscriber: Subscriber | undefined;
  elsewhere: Elsewhere | undefined;
  /** When it was chosen last; members that wait equally take turns. */
  turn: number;
}

/** A device that is attached on another node. */
export interface Elsewhere {
  readonly node: NodeId;
  /** By its id; undefined: told by an older node. */
  readonly session: string | undefined;
  /** What it was given and has not acknowledged, as far as told and guessed. */
  waiting: number;
}

/** What another node says of a device that is attached to it; without shared subscriptions it is so no more. */
export interface MemberNews {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly durable: boolean;
  readonly session?: string | undefined;
  /** It gave up the last one, and keeps what it was given. */
  readonly keeps?: boolean | undefined;
  readonly subscriptions: readonly TopicSubscription[];
}

/** Who gets a publication. */
export interface Choice {
  readonly group: Group;
  readonly member: Member;
  /** Its session at that time, here or elsewhere; what is given is for no other. */
  readonly here: DeviceSession | undefined;
  readonly elsewhere: Elsewhere | undefined;
  readonly qos: 0 | 1 | 2;
  /** It waits in the member's queue in the store until it is acknowledged, since one of the group outlives the process. */
  readonly stored: boolean;
}

interface Tenant {
  readonly trie: PatternTrie<Group>;
  readonly groups: Map<string, Group>;
  readonly cache: MatchCache<readonly Group[]>;
}

export class ShareGroups {
  readonly #tenants = new Map<string, Tenant>();
  readonly #elsewhere = new Map<string, { readonly at: Elsewhere; readonly groups: Set<Group> }>();
  #turns = 0;

  *all(): Generator<Group> {
    for (const { groups } of this.#tenants.values()) yield* groups.values();
  }

  /** Members of all groups. */
  get count(): number {
    let count = 0;
    for (const { members } of this.all()) count += members.size;
    return count;
  }

  find(host: string, share: string): Group | undefined {
    return this.#tenants.get(host)?.groups.get(share);
  }

  isElsewhere(key: string): boolean {
    return this.#elsewhere.has(key);
  }

  /** Cached per topic until a group comes or goes. */
  match(host: string, topic: string): readonly Group[] {
    if (this.#tenants.size === 0) return none;
    const tenant = this.#tenants.get(host);
    if (tenant === undefined) return none;
    const { trie, cache } = tenant;
    let found = cache.get(topic);
    if (found === undefined) {
      const groups: Group[] = [];
      trie.match(topic, (group) => groups.push(group));
      cache.set(topic, (found = groups));
    }
    return found;
  }

  join(subscriber: Subscriber, subscription: TopicSubscription): void {
    const { key } = subscriber;
    const group = this.#groupOf(subscriber.user, subscription.filter);
    const before = group.members.get(key);
    // One that was known from elsewhere keeps its turn.
    group.members.set(key, { elsewhere: undefined, turn: 0, ...before, ...ofSubscriber(subscriber), subscription });
    const known = this.#elsewhere.get(key);
    if (known !== undefined) known.groups.add(group);
    if (known !== undefined) group.members.get(key)!.elsewhere = known.at;
  }

  leave(subscriber: Subscriber, share: string): boolean {
    const group = this.find(hostOf(subscriber.user), share);
    const member = group?.members.get(subscriber.key);
    if (member?.subscriber === undefined) return false;
    if (member.elsewhere === undefined || member.durable) this.#remove(group!, member);
    else member.subscriber = undefined;
    return true;
  }

  /** A device is attached on another node with these shared subscriptions, or is so no more. Returns what is left behind. */
  told(node: NodeId, { user, device, durable, session, keeps, subscriptions }: MemberNews): readonly Group[] {
    const key = deviceKey(user, device);
    const before = this.#elsewhere.get(key);
    if (subscriptions.length === 0 && before?.at.node !== node) return none; // it has moved on meanwhile
    this.#forget(key);
    if (subscriptions.length === 0 && keeps !== true) return [...(before?.groups ?? none)];
    const same = before?.at.node === node && before.at.session === session;
    const at: Elsewhere = { node, session, waiting: same ? before.at.waiting : 0 };
    const groups = new Set<Group>();
    this.#elsewhere.set(key, { at, groups });
    for (const subscription of subscriptions) {
      const group = this.#groupOf(user, subscription.filter);
      const known = group.members.get(key);
      groups.add(group);
      const news = { key, user, device, durable, subscription, elsewhere: at };
      group.members.set(key, { subscriber: undefined, turn: 0, ...known, ...news });
    }
    return none;
  }

  /** How much a member elsewhere has waiting. */
  loaded(node: NodeId, key: string, waiting: number): void {
    const known = this.#elsewhere.get(key);
    if (known?.at.node === node) known.at.waiting = waiting;
  }

  nodeDown(node: NodeId): void {
    for (const [key, { at }] of this.#elsewhere) if (at.node === node) this.#forget(key);
  }

  /**
   * The member that has least waiting, of those that are online; if nobody is, one that is kept although it is away.
   * Undefined: it is nobody's. `full`: nobody has room, and nobody could keep it.
   */
  choose(
    publication: Publication,
    group: Group,
    { mayRead, but, anyRoom }: ChooseOptions,
  ): Choice | "full" | undefined {
    let best: Member | undefined;
    let away: Member | undefined;
    let crowded = false;
    let kept = false;
    for (const member of group.members.values()) {
      const keeps = publication.qos > 0 && member.durable && member.subscription.qos > 0;
      if (member.key === but) continue;
      if (mayRead?.(member.user, member.device, publication.topic) === false) continue;
      kept ||= keeps;
      if (keeps && anyRoom !== true && member.subscriber?.gauge?.full === true) {
        member.subscriber.gauge.skipped();
        crowded = true;
        continue;
      }
      if (!isOnline(member)) {
        if (keeps && (away === undefined || member.turn < away.turn)) away = member;
      } else if (anyRoom === true || keeps || !isFull(member)) best = better(best, member);
      else crowded = true;
    }
    const member = best ?? away;
    if (member === undefined) return crowded && publication.qos > 0 ? "full" : undefined;
    member.turn = ++this.#turns;
    if (member.elsewhere !== undefined) member.elsewhere.waiting++;
    const qos = Math.min(publication.qos, member.subscription.qos) as 0 | 1 | 2;
    const { subscriber, elsewhere } = member;
    return { group, member, here: subscriber?.session, elsewhere, qos, stored: kept && qos > 0 };
  }

  #forget(key: string): void {
    const known = this.#elsewhere.get(key);
    if (known === undefined) return;
    this.#elsewhere.delete(key);
    for (const group of known.groups) {
      const member = group.members.get(key);
      if (member === undefined) continue;
      member.elsewhere = undefined;
      if (member.subscriber === undefined) this.#remove(group, member);
    }
  }

  #remove(group: Group, member: Member): void {
    group.members.delete(member.key);
    if (group.members.size > 0) return;
    const tenant = this.#tenants.get(group.host)!;
    tenant.groups.delete(group.share);
    tenant.trie.delete(group.filter, group.share);
  }

  #groupOf(user: UserId, share: string): Group {
    const host = hostOf(user);
    let tenant = this.#tenants.get(host);
    if (tenant === undefined) {
      const trie = new PatternTrie<Group>();
      tenant = { trie, groups: new Map(), cache: new MatchCache(trie) };
      this.#tenants.set(host, tenant);
    }
    let group = tenant.groups.get(share);
    if (group === undefined) {
      group = { host, share, filter: shareOf(share)!.filter, members: new Map() };
      tenant.groups.set(share, group);
      tenant.trie.set(group.filter, share, group);
    }
    return group;
  }
}

export interface ChooseOptions {
  readonly mayRead: MayRead | undefined;
  /** The key of a member that is not to be chosen. */
  readonly but?: string | undefined;
  /** What has been accepted must go somewhere: fullness is no reason against a member. */
  readonly anyRoom?: boolean | undefined;
}

const none: readonly Group[] = [];

export function isOnline({ subscriber, elsewhere }: Member): boolean {
  return subscriber?.session?.attached === true || elsewhere !== undefined;
}

function isFull({ subscriber }: Member): boolean {
  return subscriber?.session?.room === 0;
}

function better(one: Member | undefined, other: Member): Member {
  if (one === undefined) return other;
  const more = waitingOf(other) - waitingOf(one);
  return more < 0 || (more === 0 && other.turn < one.turn) ? other : one;
}

function waitingOf({ subscriber, elsewhere }: Member): number {
  return subscriber?.session?.load ?? elsewhere?.waiting ?? 0;
}

function ofSubscriber(subscriber: Subscriber): Pick<Member, "key" | "user" | "device" | "durable" | "subscriber"> {
  const { key, user, device, durable } = subscriber;
  return { key, user, device, durable, subscriber };
}
