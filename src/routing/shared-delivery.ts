// Each message of a shared subscription to one of its members, and to another when that one fails (MQTT 5.0 §4.8.2).
import type { Bus } from "../bus/bus.ts";
import type { Publication } from "../model/event.ts";
import type { ShareAddress } from "../model/share-address.ts";
import { Fault } from "../model/fault.ts";
import { deviceKey, hostOf } from "../model/ids.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { nodeKey, userKey } from "../sessions/interests.ts";
import { Leases } from "../sessions/leases.ts";
import type { QueueSettle, QueueTarget } from "../store/store.ts";
import type { Acl } from "./acl.ts";
import type { CommitLane } from "./commit-lane.ts";
import type { Choice, Member, ShareGroups } from "./share-groups.ts";

export interface SharedParts {
  readonly lane: Pick<CommitLane, "enqueue">;
  readonly bus: Pick<Bus, "announce">;
  readonly groups: ShareGroups;
  readonly acl: Pick<Acl, "mayRead">;
  readonly failed: (error: unknown) => void;
  /** The session has acknowledged it. */
  settle(session: DeviceSession, number: number): void;
  /** It is in the queue of a member that another node has, or had. */
  entrusted(choice: Choice): void;
  /** A device on this node has more waiting: the other nodes want to know. */
  loaded(session: DeviceSession): void;
}

interface Recovered {
  readonly share: string;
  readonly position: number;
  readonly publication: Publication;
}

/** A member may have gone whenever its node hears of a message for it; then it goes on, but not for ever. */
const mostHops = 4;

export class SharedDelivery {
  readonly #parts: SharedParts;

  constructor(parts: SharedParts) {
    this.#parts = parts;
  }

  /** Who gets the publication, one of each group. A Fault when nobody of one has room, and nobody could keep it. */
  choose(publication: Publication): readonly Choice[] | Fault {
    const groups = this.#parts.groups.match(publication.host, publication.topic);
    if (groups.length === 0) return none;
    const choices: Choice[] = [];
    for (const group of groups) {
      const choice = this.#parts.groups.choose(publication, group, { mayRead: this.#parts.acl.mayRead });
      if (choice === "full") return new Fault("quota-exceeded", "no member of a shared subscription has room");
      if (choice !== undefined) choices.push(choice);
    }
    return choices;
  }

  /** What need not be stored; returns how many of them there are. */
  deliver(publication: Publication, choices: readonly Choice[]): number {
    for (const choice of choices) if (!choice.stored) this.#give(publication, choice, { hops: 0 });
    return choices.length;
  }

  /** It is stored in the queue of the member that was chosen. */
  stored(publication: Publication, choice: Choice, position: number): void {
    const { member, qos } = choice;
    const session = member.subscriber?.session;
    if (!member.durable) return this.#give(publication, choice, { position, hops: 0 });
    if (session === undefined) {
      this.ring(member); // it may have come to a node that this one has not heard of
      if (member.elsewhere !== undefined) return this.#parts.entrusted(choice);
      // It has gone while this was being stored, or nobody is there.
      return this.missed({ ...named(member), position }, publication, choice.group.share, false);
    }
    // It came while this was being stored, when what waited for it was for the others: is it still there?
    if (session !== choice.here) return session.queue?.ring();
    session.queue?.hear(publication, { qos, ...termsOf(publication, choice), queued: position }, true);
  }

  /** Another node chose a session that was attached here when it was told so last. */
  arrived(publication: Publication, { user, device, share, session: id, position, hops }: ShareAddress): void {
    const { to: _, ...bare } = publication;
    const group = this.#parts.groups.find(hostOf(user), share);
    const member = group?.members.get(deviceKey(user, device));
    const session = member?.subscriber?.session;
    if (session?.attached !== true || session.options.durable || (id ?? session.id) !== session.id) {
      if (position === undefined) return this.again(bare, share, hops + 1);
      return this.missed({ user, device, position }, bare, share, true);
    }
    if (position !== undefined && session.leases?.has(position) === true) return; // announced twice
    const qos = Math.min(publication.qos, member!.subscription.qos) as 0 | 1 | 2;
    const choice = { group: group!, member: member!, here: session, elsewhere: undefined, qos };
    this.#give(bare, { ...choice, stored: position !== undefined }, { position, hops });
    this.#parts.loaded(session);
  }

  /** It is in the session's queue; whether the session has it already is known here. */
  recovered(session: DeviceSession, { share, position, publication }: Recovered): void {
    if (session.leases?.has(position) !== false || position <= session.leases.settledTo) return;
    const { user, device } = session;
    this.arrived(publication, { user, device, share, position, hops: 0 });
  }

  /** The session's leases, made when it becomes a member. */
  leasesOf(session: DeviceSession): Leases {
    const settle =
      session.options.settles === true ? undefined : (number: number) => this.#parts.settle(session, number);
    return (session.leases ??= new Leases(settle));
  }

  /**
   * The session is over: what it has not acknowledged goes to others. At QoS 2 only what it was not sent: "the Server
   * MUST NOT send the Application Message to any other subscribed Client" [MQTT-4.8.2-5]. See shared-queues.ts for what
   * is stored.
   */
  ended(session: DeviceSession): void {
    for (const { publication, share, qos, taken } of session.leases?.end() ?? [])
      if (qos === 1 || !taken) this.again(publication, share, 0);
  }

  /** The one that was chosen has failed, and it is not stored. */
  again(publication: Publication, share: string, hops: number): void {
    const { groups, acl, lane } = this.#parts;
    const group = groups.find(publication.host, share);
    if (group === undefined || hops > mostHops) return;
    const choice = groups.choose(publication, group, { mayRead: acl.mayRead, anyRoom: true });
    if (choice === undefined || choice === "full") return; // nobody subscribes any more
    if (!choice.stored) return this.#give(publication, choice, { hops });
    lane.enqueue(
      { publication, sessions: [targetOf(publication, choice)] },
      {
        committed: (outcome) => {
          if (outcome instanceof Fault) this.#parts.failed(outcome);
          else this.stored(publication, choice, outcome.positions[0]!);
        },
      },
    );
  }

  /**
   * Set by whoever moves entries: one was put into the queue of a member that is away. It goes to one who is online, if
   * anybody is; with `kept` to one who is away, too.
   */
  missed: (entry: QueueSettle, publication: Publication, share: string, kept: boolean) => void = () => undefined;

  #give(publication: Publication, choice: Choice, { position, hops }: Pick<ShareAddress, "position" | "hops">): void {
    const { group, member, here: session, elsewhere, qos } = choice;
    const { user, device } = member;
    const { share } = group;
    if (session?.attached !== true) {
      if (elsewhere !== undefined) {
        const { memo: _, ...bare } = publication;
        const to: ShareAddress = { user, device, share, session: elsewhere.session, position, hops };
        return this.#parts.bus.announce([nodeKey(elsewhere.node)], { ...bare, to });
      }
      if (position === undefined) return this.again(publication, share, hops + 1);
      return this.missed({ user, device, position }, publication, share, true);
    }
    const delivery = { event: publication, late: false, redelivered: false };
    const terms = { qos, ...termsOf(publication, choice) };
    if (qos === 0) return void session.offerUnless(1, { ...delivery, terms });
    const leases = this.leasesOf(session);
    if (position !== undefined) leases.note(position);
    const queued = position ?? leases.add({ publication, share, qos });
    session.offer({ ...delivery, terms: { ...terms, queued } });
  }

  /** Something is in the device's queue: wherever it is attached, it looks. */
  ring({ user, device }: Pick<Member, "user" | "device">): void {
    const payload = JSON.stringify({ user, device });
    this.#parts.bus.announce([userKey(user)], { type: "control", name: "queued", payload });
  }
}

const none: readonly Choice[] = [];

/** The entry that keeps the publication for the one that was chosen. */
export function targetOf(publication: Publication, choice: Choice): QueueTarget {
  const { user, device } = choice.member;
  return { user, device, qos: choice.qos as 1 | 2, share: choice.group.share, ...termsOf(publication, choice) };
}

function named({ user, device }: Member): Pick<Member, "user" | "device"> {
  return { user, device };
}

function termsOf(
  publication: Publication,
  { member: { subscription } }: Choice,
): Pick<QueueTarget, "retain" | "subscriptionIds"> {
  return {
    retain: subscription.retainAsPublished && publication.retain,
    subscriptionIds: subscription.id === undefined ? undefined : [subscription.id],
  };
}

/** What the publication is owed to: those whom shared subscriptions chose come last. */
export function owed(
  publication: Publication,
  targets: readonly QueueTarget[],
  choices: readonly Choice[],
): readonly QueueTarget[] {
  if (choices.length === 0) return targets;
  const chosen = choices.flatMap((choice) => (choice.stored ? [targetOf(publication, choice)] : []));
  return chosen.length === 0 ? targets : [...targets, ...chosen];
}
