// Group commit: what came while the last commit was on its way goes into the next one, as one transaction.
import type { DatedDraft } from "../model/event.ts";
import { Fault, faultFrom } from "../model/fault.ts";
import type { UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type {
  Appended,
  Batch,
  CursorAdvance,
  Enqueue,
  Enqueued,
  Log,
  MarkAdvance,
  QueueSettle,
  Release,
  RetainedChange,
} from "../store/store.ts";

/** One write with the answer it waits for. A waiter is a record on its owner's side: no closure per message. */
interface Waiting<Write, Outcome> {
  readonly write: Write;
  readonly waiter: Waiter<Outcome>;
}

/** Told once, after the commit or with the Fault that kept it from happening. */
export interface Waiter<Outcome> {
  committed(outcome: Outcome | Fault): void;
}

export interface LaneBounds {
  /** Writes waiting for a commit; more are refused with Fault `unavailable`. */
  readonly waiting: number;
  /** Appends and enqueues in one commit. */
  readonly batch: number;
}

const lazyMs = 10; // how long what nobody waits for may wait for an append to share its commit
/** How long what a device acknowledged may wait for what it acknowledges next: only the latest position is written. */
const positionsMs = 50;
/** More positions than this do not wait. */
const positionsBound = 1000;
const gatheringTurns = 8; // ticks at most that a commit waits for more appends, while more come
const batchBytes = 16 * 1024 * 1024; // of payloads on plain topics in one commit
const retryForMs = 10_000;
const retryEveryMs = 250;

export class CommitLane {
  readonly #log: Pick<Log, "commit">;
  readonly #clock: Clock;
  readonly #bounds: LaneBounds;
  readonly #appends: Waiting<DatedDraft, Appended>[] = [];
  readonly #enqueues: Waiting<Enqueue, Enqueued>[] = [];
  #releases: Waiting<Release, void>[] = [];
  readonly #pins: Waiting<RetainedChange, void>[] = [];
  readonly #advances = new Map<string, CursorAdvance>();
  readonly #marks = new Map<string, MarkAdvance>();
  #settles: QueueSettle[] = [];
  /** Who wants to know that these are stored. */
  #settled: (() => void)[] = [];
  #scheduled = false;
  #lazy = false;
  /** Whose positions wait: they are stored before anything that one of these says later. */
  #positioned = new Set<UserId>();
  /** Whose positions are on their way to the store. */
  #placing: ReadonlySet<UserId> = new Set();
  /** Positions go into the next commit; otherwise they are waiting for later ones. */
  #positionsDue = false;
  #positionsTimed = false;
  /** The last commit had several appends: more than one writes. */
  #shared = false;
  #committing = false;
  #flushing: (() => void)[] = [];

  constructor(log: Pick<Log, "commit">, clock: Clock, bounds: LaneBounds) {
    this.#log = log;
    this.#clock = clock;
    this.#bounds = bounds;
  }

  append(write: DatedDraft, waiter: Waiter<Appended>): void {
    if (this.#full()) return waiter.committed(overloaded());
    this.#speaks(write.author);
    this.#appends.push({ write, waiter });
    this.#schedule();
  }

  enqueue(write: Enqueue, waiter: Waiter<Enqueued>): void {
    if (this.#full()) return waiter.committed(overloaded());
    this.#speaks(write.publication.author);
    this.#enqueues.push({ write, waiter });
    this.#schedule();
  }

  release(write: Release, waiter: Waiter<void>): void {
    this.#releases.push({ write, waiter });
    this.#schedule();
  }

  pin(write: RetainedChange, waiter: Waiter<void>): void {
    if (this.#full()) return waiter.committed(overloaded());
    this.#pins.push({ write, waiter });
    this.#schedule();
  }

  /** Only the latest position of a device in a conversation is written. Rides along with the next commit. */
  advance(write: CursorAdvance): void {
    this.#advance(write);
    this.#positionsDue = true;
    this.#scheduleLazily();
  }

  /** The same of what a device says it has got: may wait for what it says next. */
  acknowledge(write: CursorAdvance): void {
    this.#advance(write);
    this.#positioned.add(write.user);
    this.#gather();
  }

  /** As `acknowledge`, of an account. */
  mark(write: MarkAdvance): void {
    this.#marks.set(`${write.mark} ${write.user} ${write.conversation}`, write);
    this.#positioned.add(write.user);
    this.#gather();
  }

  /** `stored` is called when it is; when it cannot be stored, never. */
  settle(write: QueueSettle, stored?: () => void): void {
    this.#settles.push(write);
    if (stored !== undefined) this.#settled.push(stored);
    this.#scheduleLazily();
  }

  #advance(write: CursorAdvance): void {
    const key = `${write.user} ${write.device} ${write.conversation}`;
    const waiting = this.#advances.get(key);
    if (waiting === undefined || waiting.seq < write.seq) this.#advances.set(key, write);
  }

  /** Who is answered may take what it acknowledged before for stored, too. */
  #speaks(author: UserId): void {
    if (this.#positioned.has(author)) this.#positionsDue = true;
  }

  #gather(): void {
    if (this.#positionsDue) return this.#scheduleLazily();
    if (this.#advances.size + this.#marks.size >= positionsBound) {
      this.#positionsDue = true;
      return this.#scheduleLazily();
    }
    if (this.#positionsTimed) return;
    this.#positionsTimed = true;
    this.#clock.after(positionsMs, () => {
      this.#positionsTimed = false;
      this.#positionsDue = this.#advances.size + this.#marks.size > 0;
      if (this.#positionsDue) this.#schedule();
    });
  }

  /** Resolves when what the account's devices have acknowledged is stored: one that comes now begins behind it. */
  placed(user: UserId): void | Promise<void> {
    if (this.#positioned.has(user) || this.#placing.has(user)) return this.flushed();
  }

  /** Resolves when every cursor, mark and settlement accepted so far, and what it shared its commit with, is done. */
  flushed(): Promise<void> {
    if (!this.#committing && !this.#any()) return Promise.resolve();
    this.#schedule();
    return new Promise((resolve) => this.#flushing.push(resolve));
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#committing || this.#any()) await this.flushed();
  }

  #full(): boolean {
    return this.#appends.length + this.#enqueues.length + this.#pins.length >= this.#bounds.waiting;
  }

  #any(): boolean {
    return this.#due() || this.#advances.size + this.#marks.size > 0;
  }

  /** Whether there is something that the next commit must not leave out. */
  #due(): boolean {
    const { length } = this.#appends;
    return (
      length + this.#enqueues.length + this.#releases.length + this.#pins.length + this.#settles.length > 0 ||
      this.#positionsDue
    );
  }

  #schedule(): void {
    if (this.#scheduled || this.#committing) return;
    this.#scheduled = true;
    // After this tick's sockets have been read, so that one commit serves them all.
    setImmediate(() => this.#gatherAppends(0, 0));
  }

  /** Who answers the last commit's news comes in a row: as long as they do, one tick more is cheaper than a commit for each. */
  #gatherAppends(turns: number, seen: number): void {
    const { length } = this.#appends;
    if (this.#shared && turns < gatheringTurns && length > seen)
      return void setImmediate(() => this.#gatherAppends(turns + 1, length));
    this.#scheduled = false;
    void this.#commit();
  }

  #scheduleLazily(): void {
    if (this.#scheduled || this.#committing || this.#lazy) return;
    this.#lazy = true;
    this.#clock.after(lazyMs, () => {
      this.#lazy = false;
      if (this.#due()) this.#schedule();
    });
  }

  async #commit(): Promise<void> {
    if (this.#flushing.length > 0 && this.#any()) this.#positionsDue = true;
    if (this.#committing || !this.#due()) return;
    this.#committing = true;
    const positions = this.#positionsDue;
    const appends = this.#appends.splice(0, this.#bounds.batch);
    const enqueues = this.#enqueues.splice(0, this.#fitting());
    this.#shared = appends.length > 1;
    const releases = this.#releases;
    const pins = this.#pins.splice(0, this.#bounds.batch);
    const batch: Batch = {
      releases: releases.map((each) => each.write),
      appends: appends.map((each) => each.write),
      enqueues: enqueues.map((each) => each.write),
      advances: positions ? [...this.#advances.values()] : none,
      marks: positions ? [...this.#marks.values()] : none,
      settles: this.#settles,
      pins: pins.map((each) => each.write),
    };
    this.#releases = [];
    const settled = this.#settled;
    this.#settles = [];
    this.#settled = [];
    if (positions) {
      this.#advances.clear();
      this.#marks.clear();
      this.#placing = this.#positioned;
      this.#positioned = new Set();
      this.#positionsDue = false;
    }
    const flushing = this.#flushing;
    this.#flushing = [];

    try {
      const { appended, enqueued } = await this.#persistently(batch);
      releases.forEach((each) => each.waiter.committed(undefined));
      pins.forEach((each) => each.waiter.committed(undefined));
      for (const stored of settled) stored();
      appends.forEach((each, at) => each.waiter.committed(appended[at]!));
      enqueues.forEach((each, at) => each.waiter.committed(enqueued[at]!));
    } catch (error) {
      const fault = faultFrom(error);
      for (const { waiter } of [...releases, ...pins, ...appends, ...enqueues]) waiter.committed(fault);
    } finally {
      this.#committing = false;
      if (positions) this.#placing = new Set();
    }
    for (const resolve of flushing) resolve();
    if (this.#due() || (this.#flushing.length > 0 && this.#any())) return this.#schedule();
    for (const resolve of this.#flushing.splice(0)) resolve();
  }

  /** How many of the waiting enqueues go into the next batch: a thousand large payloads are no batch. */
  #fitting(): number {
    let bytes = 0;
    let count = 0;
    for (; count < Math.min(this.#bounds.batch, this.#enqueues.length) && bytes < batchBytes; count++)
      bytes += this.#enqueues[count]!.write.publication.payload.length;
    return count;
  }

  /** A store that is out of reach delays; only when it stays away are its writers told (P8). Appends are idempotent by mid. */
  async #persistently(batch: Batch): ReturnType<Log["commit"]> {
    const giveUpAt = this.#clock.now() + retryForMs;
    for (;;) {
      try {
        return await this.#log.commit(batch);
      } catch (error) {
        const again = error instanceof Fault && error.code === "unavailable" && error.retryAfterMs !== undefined;
        if (!again || this.#clock.now() >= giveUpAt) throw error;
        await new Promise<void>((resolve) => this.#clock.after(retryEveryMs, resolve));
      }
    }
  }
}

function overloaded(): Fault {
  return new Fault("unavailable", "too many writes are waiting", { retryAfterMs: 1000 });
}

const none: readonly never[] = [];
