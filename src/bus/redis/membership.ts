// This node's place among the others: lease, inbox and interests in Redis kept true, and who else is there.
import type { NodeId } from "../../model/ids.ts";
import type { Clock } from "../../ops/clock.ts";
import type { Logger } from "../../ops/log.ts";
import { counter } from "../../ops/metrics.ts";
import type { Connection } from "./connection.ts";
import type { Inbox } from "./inbox.ts";
import type { Interests } from "./interests.ts";
import type { Living } from "./scripts.ts";

const retryMs = 250;

const joins = counter("trivium_bus_joins_total", "Registrations of this node, the first and those after an outage");

export interface MembershipOptions {
  readonly connection: Pick<Connection, "commands" | "ready">;
  readonly head: readonly [members: string, base: string, self: string];
  readonly inbox: Pick<Inbox, "begin" | "epoch" | "read" | "forget">;
  readonly interests: Interests;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly on: {
    nodeUp(node: NodeId): void;
    nodeDown(node: NodeId): void;
    gap(): void;
    /** Registered, with all interests. */
    settled(): void;
  };
}

export class Membership {
  readonly #options: MembershipOptions;
  readonly #node: NodeId;
  /** The member that each other node is now. */
  readonly #others = new Map<NodeId, string>();
  /** Moves with each change of `#others` that the inbox tells: a list asked for before is then out of date. */
  #news = 0;
  #joined = false;
  /** Announcements may be lost since; said once everything is registered again. */
  #owesGap = false;
  #refreshDue = true;
  /** Until then nobody is taken for gone because Redis does not know him: Redis lost us all, he is joining again. */
  #patientUntil = 0;
  #busy: Promise<void> | undefined;
  #again = false;
  #timer: (() => void) | undefined;
  #closed = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#node = nodeOf(options.head[2]);
  }

  nodes(): readonly NodeId[] {
    return [...this.#others.keys()];
  }

  /** A sync that begins now is likely to end well. */
  get healthy(): boolean {
    return this.#joined && this.#options.connection.ready();
  }

  /** Does what is due, or does it again when it is being done; resolves when that is over. */
  tend(): Promise<void> {
    this.#again = true;
    return (this.#busy ??= this.#work().finally(() => (this.#busy = undefined)));
  }

  /** As `tend`, and asks Redis who is there and whether it still knows this member. */
  refresh(): Promise<void> {
    this.#refreshDue = true;
    return this.tend();
  }

  /** Redis has said that this member has no lease. */
  expelled(): void {
    this.#joined = false;
    void this.tend();
  }

  /** Another member is heard of, by its joining or by what it announced. */
  met(member: string, joining: boolean): void {
    if (nodeOf(member) === this.#node) return; // an earlier run of this node
    const known = this.#others.get(nodeOf(member));
    if (known === undefined || (joining && known !== member)) {
      this.#news += 1;
      this.#up(member);
    }
  }

  parted(member: string): void {
    if (this.#others.get(nodeOf(member)) !== member) return;
    this.#news += 1;
    this.#down(member);
  }

  /** Tells the others that this node leaves, and cleans up after it as far as `whileTrue` allows. */
  async leave(whileTrue: () => boolean): Promise<void> {
    this.#closed = true;
    this.#timer?.();
    await this.#busy;
    const { connection, head } = this.#options;
    if (!connection.ready()) return;
    await connection.commands.busLeave(...head);
    while (whileTrue() && (await connection.commands.busReap(...head)) === 1);
  }

  async #work(): Promise<void> {
    const { connection, interests, clock, log, leaseMs } = this.#options;
    let nextMs = leaseMs / 3;
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        if (connection.ready()) await this.#step();
        else interests.release();
      } catch (error) {
        this.#refreshDue = true;
        nextMs = retryMs;
        log.debug({ what: "bus_membership_unsure", error: String(error) }, "the bus does not answer");
      }
    }
    this.#timer?.();
    this.#timer = this.#closed ? undefined : clock.after(nextMs, () => void this.refresh());
  }

  async #step(): Promise<void> {
    const { connection, head, interests, on } = this.#options;
    if (!this.#joined) await this.#join();
    while (interests.unsure) {
      if (!(await interests.sync(connection.commands, head))) return this.expelled();
    }
    if (this.#refreshDue) await this.#refresh();
    if (!this.#joined || interests.unsure || this.#refreshDue) return void (this.#again = true);
    if (interests.pay() || this.#owesGap) {
      this.#owesGap = false;
      on.gap();
    }
    on.settled();
  }

  async #join(): Promise<void> {
    const { connection, head, inbox, interests, leaseMs, clock, log } = this.#options;
    const again = inbox.epoch > 0;
    const [epoch, living, dead] = await connection.commands.busJoin(...head, leaseMs, inbox.epoch);
    joins.add();
    this.#joined = true;
    if (again) {
      log.warn({ what: "bus_joined_again" }, "the bus had forgotten this node");
      this.#owesGap = true;
      this.#patientUntil = clock.now() + leaseMs;
    }
    interests.forget();
    inbox.begin(Number(epoch));
    this.#compare(living);
    await this.#reap(dead);
    this.#refreshDue = false;
  }

  async #refresh(): Promise<void> {
    const { connection, head, inbox, interests, leaseMs } = this.#options;
    const news = this.#news;
    const [epoch, watched, living, dead] = await connection.commands.busRefresh(...head, leaseMs, inbox.read);
    if (Number(epoch) !== inbox.epoch) {
      this.#joined = false;
      return;
    }
    if (news !== this.#news) return; // out of date: still due
    this.#refreshDue = false;
    if (!interests.unsure && watched !== interests.registered) {
      interests.forget();
      this.#owesGap = true;
    }
    this.#compare(living);
    await this.#reap(dead);
  }

  /** Takes what Redis says of who is there for the truth. */
  #compare(living: Living): void {
    const now = new Map<NodeId, { member: string; epoch: number }>();
    for (let at = 0; at < living.length; at += 2) {
      const member = living[at]!;
      const epoch = Number(living[at + 1]);
      if (nodeOf(member) === this.#node) continue;
      // A node that came back under its name before the lease of its last life ran out is there twice.
      if (epoch > (now.get(nodeOf(member))?.epoch ?? 0)) now.set(nodeOf(member), { member, epoch });
    }
    for (const [node, member] of this.#others) {
      if (!now.has(node) && this.#options.clock.now() >= this.#patientUntil) this.#down(member);
    }
    for (const { member } of now.values()) {
      if (this.#others.get(nodeOf(member)) !== member) this.#up(member);
    }
  }

  #up(member: string): void {
    const node = nodeOf(member);
    const before = this.#others.get(node);
    if (before !== undefined) this.#down(before);
    this.#others.set(node, member);
    this.#options.on.nodeUp(node);
  }

  #down(member: string): void {
    this.#others.delete(nodeOf(member));
    this.#options.inbox.forget(member);
    this.#options.on.nodeDown(nodeOf(member));
  }

  /** Every node cleans up after the dead, a little at each turn; what one has done the next need not. */
  async #reap(dead: readonly string[]): Promise<void> {
    const { connection, head } = this.#options;
    const [members, base] = head;
    for (const member of dead) {
      for (let turns = 0; turns < 20; turns++) {
        if ((await connection.commands.busReap(members, base, member)) === 0) break;
      }
    }
  }
}

/** A member is one run of a node: `<node>~<random>`. */
export function memberOf(node: NodeId, run: string): string {
  return `${node}~${run}`;
}

export function nodeOf(member: string): NodeId {
  return member.slice(0, member.lastIndexOf("~")) as NodeId;
}
