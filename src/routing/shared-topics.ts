// Shared subscriptions as the topics know them: who joins, who goes, and what that means for what is owed.
import type { Bus } from "../bus/bus.ts";
import { type DeviceId, deviceKey, hostOf, type NodeId, type UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import type { Store, TopicSubscription } from "../store/store.ts";
import type { Acl } from "./acl.ts";
import type { CommitLane } from "./commit-lane.ts";
import type { Hearings } from "./hearings.ts";
import { type Choice, isOnline, type MemberNews, type ShareGroups } from "./share-groups.ts";
import { SharedDelivery } from "./shared-delivery.ts";
import { SharedQueues } from "./shared-queues.ts";
import { sharedOf, ShareTalk } from "./share-talk.ts";
import type { Subscriber } from "./subscribers.ts";

export interface SharedTopicParts {
  readonly store: Pick<Store, "queued" | "shared" | "handOver" | "device">;
  readonly lane: CommitLane;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly hearings: Hearings;
  readonly groups: ShareGroups;
  readonly acl: Acl;
  subscriptionsOf(session: DeviceSession): readonly TopicSubscription[];
  find(user: UserId, device: DeviceId): Subscriber | undefined;
  settle(session: DeviceSession, number: number): void;
  readonly failed: (error: unknown) => void;
}

/** By then a member that has gone is known to have. */
const lookAgainMs = 500;
/** What a member may have missed at once; the rest is found when it goes, or next time. */
const atOnce = 1000;

export class SharedTopics {
  readonly #parts: SharedTopicParts;
  readonly delivery: SharedDelivery;
  readonly queues: SharedQueues;
  readonly talk: ShareTalk;
  /** Members elsewhere that were given something a moment ago. */
  readonly #entrustedTo = new Set<string>();
  readonly #known = new WeakMap<DeviceSession, Promise<void>>();

  constructor(parts: SharedTopicParts) {
    this.#parts = parts;
    this.delivery = new SharedDelivery({
      ...parts,
      loaded: (session) => this.talk.loaded(session),
      entrusted: (choice) => this.#entrusted(choice),
    });
    this.queues = new SharedQueues({ ...parts, delivery: this.delivery });
    this.talk = new ShareTalk({ ...parts, members: () => this.#members() });
  }

  /** The session's shared subscriptions are these now, and it is there for them. Resolves when other nodes know. */
  async joined(session: DeviceSession): Promise<void> {
    const shares = sharedOf(this.#parts.subscriptionsOf(session));
    if (shares.length === 0) return;
    this.delivery.leasesOf(session);
    const told = this.talk.tell(session, shares);
    this.#known.set(
      session,
      told.then(() => this.queues.moved()),
    );
    for (const { filter } of shares) this.queues.gather(hostOf(session.user), filter);
    await told;
  }

  /**
   * Resolves when nobody takes the session's device for away any more, and what was taken from its queue till then is
   * gone from it; undefined when it is no member.
   */
  known(session: DeviceSession): Promise<void> | undefined {
    return this.#known.get(session);
  }

  /** News may have been lost. */
  resync(): void {
    this.talk.ask();
    this.#recover();
  }

  /** It gave one up. */
  async left(session: DeviceSession): Promise<void> {
    const shares = sharedOf(this.#parts.subscriptionsOf(session));
    await (shares.length === 0 ? this.talk.tellLeft(session) : this.talk.tell(session, shares));
  }

  /** The session is no member any more, for now or for good. */
  gone(session: DeviceSession): void {
    this.delivery.ended(session);
    // Others take what it was owed once they hear of this: what it has acknowledged must be stored by then.
    void this.#parts.lane.flushed().then(() => {
      const { user, device } = session;
      if (this.#parts.find(user, device)?.session === undefined) return this.talk.tell(session, []);
    });
  }

  /** Something is in the device's queue, put there by another node. */
  rung(session: DeviceSession | undefined): void {
    if (session === undefined) return;
    session.queue?.ring();
    if (session.leases !== undefined) this.talk.loaded(session);
  }

  /** Whoever is waited with may look into its queue when this has resolved, or at once. */
  told(node: NodeId, news: MemberNews): Promise<void> | undefined {
    // Its node hands over what it knows of; what was on its way to it from here is found here.
    for (const { host, share, members } of this.#parts.groups.told(node, news))
      if ([...members.values()].some(isOnline)) this.queues.gather(host, share);
    return this.queues.moved();
  }

  loadTold(node: NodeId, user: UserId, device: DeviceId, waiting: number): void {
    this.#parts.groups.loaded(node, deviceKey(user, device), waiting);
  }

  /** Its members are gone: what waits for those that are kept is for the others. */
  nodeDown(node: NodeId): void {
    this.#parts.groups.nodeDown(node);
    this.queues.gatherAll();
  }

  /** It may have gone there while this was being stored here, and nobody looked into its queue again: somebody does. */
  #entrusted({ group, member }: Choice): void {
    const key = `${group.share} ${member.key}`;
    if (this.#entrustedTo.has(key)) return;
    this.#entrustedTo.add(key);
    this.#parts.clock.after(lookAgainMs, () => {
      this.#entrustedTo.delete(key);
      const members = this.#parts.groups.find(group.host, group.share)?.members;
      const now = members?.get(member.key);
      if (members === undefined || (now !== undefined && isOnline(now))) return; // its own node takes care of what it leaves
      if ([...members.values()].some(isOnline)) this.queues.gather(group.host, group.share);
    });
  }

  /** Members without a queue of their own here were perhaps not told of what was stored for them. */
  #recover(): void {
    for (const [session] of this.#members()) {
      if (session.options.durable) continue;
      const { user, device } = session;
      this.#parts.store
        .queued(user, device, 0, atOnce)
        .then((entries) => {
          for (const { share, position, publication } of entries)
            if (share !== undefined) this.delivery.recovered(session, { share, position, publication });
        })
        .catch(this.#parts.failed);
    }
  }

  *#members(): Generator<readonly [DeviceSession, readonly TopicSubscription[]]> {
    const seen = new Set<DeviceSession>();
    for (const { members } of this.#parts.groups.all()) {
      for (const { subscriber } of members.values()) {
        const session = subscriber?.session;
        if (session === undefined || seen.has(session)) continue;
        seen.add(session);
        yield [session, sharedOf(this.#parts.subscriptionsOf(session))];
      }
    }
  }
}
