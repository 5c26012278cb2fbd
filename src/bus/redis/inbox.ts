// What other nodes announced to this one: read from its stream, in order, each batch once.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Clock } from "../../ops/clock.ts";
import type { Logger } from "../../ops/log.ts";
import { counter } from "../../ops/metrics.ts";
import type { Announced } from "../bus.ts";
import { kinds } from "./scripts.ts";
import { decodeAll } from "./wire.ts";

const entriesAtOnce = 16;
/** Handing over is interrupted after so long, for the loop's other work. */
const sliceMs = 8;
const retryMs = 100;

const heard = counter("trivium_bus_heard_total", "Announcements heard from other nodes");
const twins = counter("trivium_bus_twins_total", "Batches that came twice and were dropped");

export interface InboxListener {
  /** What a member announced with one call. */
  heard(events: readonly Announced[], member: string): void;
  /** Something meant for this node is lost. */
  gap(): void;
  joined(member: string): void;
  left(member: string): void;
}

export interface InboxOptions {
  readonly reader: Pick<Redis, "xread" | "status">;
  readonly key: string;
  readonly self: string;
  /** How long one wait at the inbox lasts. */
  readonly blockMs: number;
  readonly listener: InboxListener;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Inbox {
  readonly #options: InboxOptions;
  /** Last entry read is `${epoch}-${read}`. */
  #epoch = 0;
  #read = 0;
  /** Number of the last batch heard, for each member that is there. */
  readonly #lastBatch = new Map<string, number>();
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get read(): number {
    return this.#read;
  }

  /** The member has joined under a new epoch, higher than all before: its inbox begins anew. */
  begin(epoch: number): void {
    if (epoch > this.#epoch) {
      this.#epoch = epoch;
      this.#read = 0;
    }
    this.#running ??= this.#run();
  }

  /** The member has left. */
  forget(member: string): void {
    this.#lastBatch.delete(member);
  }

  /** Nothing is handed over any more; the reader's socket is closed by its owner. */
  stop(): void {
    this.#closed = true;
  }

  async stopped(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { reader, key, blockMs, clock, log } = this.#options;
    while (!this.#closed) {
      try {
        const after = `${this.#epoch}-${this.#read}`;
        const reply = await reader.xread("COUNT", entriesAtOnce, "BLOCK", blockMs, "STREAMS", key, after);
        for (const [, entries] of reply ?? []) await this.#take(entries);
      } catch (error) {
        // The stream keeps what comes meanwhile; when it does not, the ids tell.
        if (this.#closed) return;
        log.debug({ what: "bus_inbox_unread", error: String(error) }, "the inbox cannot be read now");
        await new Promise<void>((resolve) => clock.after(retryMs, resolve));
      }
    }
  }

  async #take(entries: readonly [id: string, fields: string[]][]): Promise<void> {
    let sliceEnds = performance.now() + sliceMs;
    for (const [id, fields] of entries) {
      if (this.#closed) return;
      this.#follow(id);
      this.#open(fields);
      if (performance.now() > sliceEnds) {
        await nextTurn();
        sliceEnds = performance.now() + sliceMs;
      }
    }
  }

  /** Ids are dense within an epoch: a jump means that the stream was trimmed before this node read it. */
  #follow(id: string): void {
    const dash = id.indexOf("-");
    const epoch = Number(id.slice(0, dash));
    const number = Number(id.slice(dash + 1));
    const expected = epoch === this.#epoch ? this.#read + 1 : 1;
    this.#epoch = epoch;
    this.#read = number;
    if (number !== expected) this.#options.listener.gap();
  }

  /** Fields are what `put` in scripts.ts wrote, in its order. */
  #open([, member, , number, , kind, , events]: readonly string[]): void {
    const { listener, self } = this.#options;
    if (member === undefined || member === self) return;
    if (kind === kinds.up) return listener.joined(member);
    if (kind === kinds.down) return listener.left(member);
    if (Number(number) <= (this.#lastBatch.get(member) ?? 0)) return twins.add();
    this.#lastBatch.set(member, Number(number));
    if (kind === kinds.ringAfterLoss) listener.gap();
    const batch = this.#decoded(events ?? "[]", member);
    heard.add(batch.length);
    listener.heard(batch, member);
  }

  #decoded(events: string, member: string): readonly Announced[] {
    try {
      return decodeAll(events);
    } catch (error) {
      // A node of another version, perhaps. The store has it.
      this.#options.log.error({ what: "bus_batch_unreadable", member, error: String(error) }, "a batch is lost");
      this.#options.listener.gap();
      return [];
    }
  }
}
