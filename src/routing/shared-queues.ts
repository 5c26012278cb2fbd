// Entries of shared subscriptions in the queues of members that are gone: they move to members that are there.
import type { Publication } from "../model/event.ts";
import { type DeviceId, deviceKey, type UserId } from "../model/ids.ts";
import type { HandOver, Queued, QueueSettle, Store } from "../store/store.ts";
import type { Acl } from "./acl.ts";
import type { CommitLane } from "./commit-lane.ts";
import { type Choice, isOnline, type Member, type ShareGroups } from "./share-groups.ts";
import { type SharedDelivery, targetOf } from "./shared-delivery.ts";
import type { Subscriber } from "./subscribers.ts";

export interface SharedQueueParts {
  readonly store: Pick<Store, "queued" | "shared" | "handOver" | "device">;
  readonly lane: Pick<CommitLane, "flushed">;
  readonly groups: ShareGroups;
  readonly delivery: SharedDelivery;
  readonly acl: Pick<Acl, "mayRead">;
  find(user: UserId, device: DeviceId): Subscriber | undefined;
  readonly failed: (error: unknown) => void;
}

/** A member that has gone, and what of its queue it had been sent. */
export interface Leaver {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly takenTo: number;
  /** Its session has ended: what is left in its queue goes with it. */
  readonly over: boolean;
}

interface Moving {
  readonly publication: Publication;
  /** Undefined: it becomes its session's own. */
  readonly choice: Choice | undefined;
  readonly handOver: HandOver;
}

type Owner = Pick<QueueSettle, "user" | "device">;

const pageSize = 100;

export class SharedQueues {
  readonly #parts: SharedQueueParts;
  /** Groups that are gathered for, and whether there is reason to begin again. */
  readonly #gathering = new Map<string, boolean>();
  /** Moves that the store has been asked for. */
  readonly #moves = new Set<Promise<unknown>>();

  constructor(parts: SharedQueueParts) {
    this.#parts = parts;
    parts.delivery.missed = (entry, publication, share, kept) => {
      this.#move(this.#moving(publication, share, entry, kept)).catch(parts.failed);
    };
  }

  /**
   * A member's connection has ended: what it was owed goes to members that are online; when its session is over, to
   * whoever keeps it. What it was sent at QoS 2 waits for it alone [MQTT-4.8.2-4], or is gone with it [MQTT-4.8.2-5].
   */
  async handOver(leaver: Leaver): Promise<void> {
    const { store } = this.#parts;
    const { user, device } = leaver;
    for (let after = 0; ;) {
      const entries = await store.queued(user, device, after, pageSize);
      await this.#move(entries.flatMap((entry) => this.#onward(entry, leaver)));
      if (entries.length < pageSize) return;
      after = entries.at(-1)!.position;
    }
  }

  /** Resolves when all moves that are on their way are done, or have failed; undefined when there are none. */
  moved(): Promise<void> | undefined {
    return this.#moves.size === 0 ? undefined : Promise.allSettled(this.#moves).then(() => undefined);
  }

  /** A member has come: what waits for those that are away is for it, and the others that are here. */
  gather(host: string, share: string): void {
    const key = `${host} ${share}`;
    const running = this.#gathering.has(key);
    this.#gathering.set(key, running);
    if (!running) this.#gather(host, share, key).catch(this.#parts.failed);
  }

  /** Of all groups that have a member here. */
  gatherAll(): void {
    for (const { host, share, members } of this.#parts.groups.all())
      if ([...members.values()].some(({ subscriber }) => subscriber?.session !== undefined)) this.gather(host, share);
  }

  #onward({ position, publication, qos, share }: Queued, { user, device, takenTo, over }: Leaver): Moving[] {
    if (share === undefined) return [];
    const from = { user, device, position };
    const own = { publication, choice: undefined, handOver: { from } };
    if (qos === 2 && position <= takenTo) return [own];
    const moving = this.#moving(publication, share, from, over);
    // Nobody subscribes any more: it goes with the session.
    return over && moving.length === 0 ? [own] : moving;
  }

  /** To another member; `kept`: or to one that is away. */
  #moving(publication: Publication, share: string, from: QueueSettle, kept: boolean): Moving[] {
    const key = deviceKey(from.user, from.device);
    // A device that is back here may have what its session before left.
    const choice = this.#chosen(publication, share, this.#isHere(key, publication.host, share) ? undefined : key);
    if (choice === undefined || (!kept && !isOnline(choice.member))) return [];
    // Where nobody outlives the process it need not be stored, but a move is safer than a copy.
    return [{ publication, choice, handOver: { from, to: targetOf(publication, choice) } }];
  }

  #chosen(publication: Publication, share: string, but: string | undefined): Choice | undefined {
    const { groups, acl } = this.#parts;
    const group = groups.find(publication.host, share);
    if (group === undefined) return undefined;
    const choice = groups.choose(publication, group, { mayRead: acl.mayRead, but, anyRoom: true });
    return choice === "full" || choice?.qos === 0 ? undefined : choice;
  }

  async #move(found: readonly Moving[], isAway: (owner: Owner) => boolean = always): Promise<void> {
    if (found.length === 0) return;
    // What those that have just gone acknowledged stays where it is.
    await this.#parts.lane.flushed();
    const moving = found.filter(({ handOver }) => isAway(handOver.from));
    if (moving.length === 0) return;
    const move = this.#parts.store.handOver(moving.map(({ handOver }) => handOver));
    this.#moves.add(move);
    const positions = await move.finally(() => this.#moves.delete(move));
    moving.forEach(({ publication, choice }, at) => {
      const position = positions[at];
      if (position !== undefined && choice !== undefined) this.#parts.delivery.stored(publication, choice, position);
    });
  }

  async #gather(host: string, share: string, key: string): Promise<void> {
    try {
      do {
        this.#gathering.set(key, false);
        await this.#gatherOnce(host, share);
      } while (this.#gathering.get(key) === true);
    } finally {
      this.#gathering.delete(key);
    }
  }

  async #gatherOnce(host: string, share: string): Promise<void> {
    const { store, groups } = this.#parts;
    const isAway = (owner: Owner): boolean =>
      !this.#holds(owner) && !groups.isElsewhere(deviceKey(owner.user, owner.device));
    const crashed = new Map<string, boolean>();
    for (let after = 0; ;) {
      const entries = await store.shared(host, share, after, pageSize);
      const moving: Moving[] = [];
      for (const { user, device, position, publication, qos } of entries) {
        if (!isAway({ user, device })) continue;
        const owner = deviceKey(user, device);
        // After a crash nobody knows what it was sent: at QoS 2 it is to be completed with it alone [MQTT-4.8.2-4].
        if (qos === 2 && !crashed.has(owner)) crashed.set(owner, (await store.device(user, device))?.detachedAt === 0);
        if (qos === 2 && crashed.get(owner) === true) continue;
        moving.push(...this.#moving(publication, share, { user, device, position }, false));
      }
      await this.#move(moving, isAway);
      if (entries.length < pageSize) return;
      after = entries.at(-1)!.order;
    }
  }

  /** It is here and has what is in its queue; it does, too, when it has unsubscribed since [MQTT-3.10.4-3]. */
  #holds({ user, device }: Owner): boolean {
    const session = this.#parts.find(user, device)?.session;
    return session?.attached === true && (session.options.durable || session.leases !== undefined);
  }

  #isHere(key: string, host: string, share: string): boolean {
    const member: Member | undefined = this.#parts.groups.find(host, share)?.members.get(key);
    return member?.subscriber?.session?.attached === true;
  }
}

function always(): boolean {
  return true;
}
