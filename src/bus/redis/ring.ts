// What this node announces: gathered for a tick, sent as one call at a time, repeated after a short outage.
import type { Logger } from "../../ops/log.ts";
import type { Clock } from "../../ops/clock.ts";
import { counter } from "../../ops/metrics.ts";
import type { Announced, InterestKey } from "../bus.ts";
import { kinds, type Scripts } from "./scripts.ts";
import { encode } from "./wire.ts";

/** A call to Redis carries at most so much, so that no script runs long. */
const batchEvents = 256;
const batchBytes = 128 * 1024;
/** More than this does not wait: the oldest is dropped, and the others are told that something was. */
const waitingEvents = 20_000;
const waitingBytes = 16 * 1024 * 1024;
/** After so long out of reach everything is dropped at once: old news rings no bell, and it costs nothing then. */
const patienceMs = 2000;
const retryMs = 200;

const announced = counter("trivium_bus_announced_total", "Announcements handed to the bus");
const dropped = counter("trivium_bus_dropped_total", "Announcements dropped because the bus was out of reach or slow");
const calls = counter("trivium_bus_calls_total", "Batches of announcements sent");

interface Waiting {
  readonly keys: readonly InterestKey[];
  readonly json: string;
}

interface Batch {
  readonly number: number;
  readonly afterLoss: boolean;
  readonly args: readonly (string | number)[];
  readonly events: number;
}

export interface RingOptions {
  readonly commands: Pick<Scripts, "busRing">;
  readonly ready: () => boolean;
  /** First arguments of each call: key, base and this member. */
  readonly head: readonly [members: string, base: string, self: string];
  /** This member's lease is gone; `resume` when it has joined again. */
  readonly onUnregistered: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Ring {
  readonly #options: RingOptions;
  #waiting: Waiting[] = [];
  /** Waiting before this index is sent or dropped already. */
  #first = 0;
  #bytes = 0;
  #scheduled = false;
  /** The call under way, or one that failed and is to be repeated under its number: hearers know it by that. */
  #batch: Batch | undefined;
  #pumping: Promise<void> | undefined;
  #number = 0;
  #loss = false;
  #outSince: number | undefined;
  #retry: (() => void) | undefined;
  #closed = false;

  constructor(options: RingOptions) {
    this.#options = options;
  }

  announce(keys: readonly InterestKey[], event: Announced): void {
    if (this.#closed || keys.length === 0) return;
    announced.add();
    if (this.#outTooLong()) return this.#drop(1);
    const json = encode(event);
    this.#waiting.push({ keys, json });
    this.#bytes += json.length;
    while (this.#count() > waitingEvents || (this.#bytes > waitingBytes && this.#count() > 0)) this.#dropOldest();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#pump();
    });
  }

  /** The bus is out of reach from now on. */
  pause(): void {
    this.#outSince ??= this.#options.clock.now();
  }

  /** The bus can be reached and this member is registered. */
  resume(): void {
    void this.#pump();
  }

  /** Sends what waits and takes no more; resolves when it is sent or cannot be. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pumping;
    await this.#pump();
    this.#retry?.();
  }

  #count(): number {
    return this.#waiting.length - this.#first;
  }

  #pump(): Promise<void> {
    return (this.#pumping ??= this.#send().finally(() => (this.#pumping = undefined)));
  }

  /** One call at a time: order is kept whatever fails, and a slow Redis makes the batches larger. */
  async #send(): Promise<void> {
    const { commands, ready, head, onUnregistered, clock, log } = this.#options;
    while (ready()) {
      this.#outTooLong();
      this.#batch ??= this.#take();
      if (this.#batch === undefined) {
        this.#outSince = undefined;
        return;
      }
      const { number, afterLoss, args, events } = this.#batch;
      try {
        calls.add();
        const kind = afterLoss ? kinds.ringAfterLoss : kinds.ring;
        const rung = await commands.busRing(...head, number, kind, ...args);
        if (rung < 0) {
          this.pause();
          return onUnregistered();
        }
        this.#batch = undefined;
        this.#outSince = undefined;
      } catch (error) {
        log.debug({ what: "bus_ring_failed", error: String(error), number, events }, "announcements wait for the bus");
        this.pause();
        this.#retry?.();
        this.#retry = this.#closed ? undefined : clock.after(retryMs, () => this.resume());
        return;
      }
    }
    if (this.#batch !== undefined || this.#count() > 0) this.pause();
  }

  /** Forgets what waits once the outage has lasted too long. */
  #outTooLong(): boolean {
    if (this.#outSince === undefined || this.#options.clock.now() - this.#outSince < patienceMs) return false;
    const waiting = this.#count() + (this.#batch?.events ?? 0);
    if (this.#batch !== undefined) this.#loss ||= this.#batch.afterLoss;
    this.#batch = undefined;
    this.#waiting = [];
    this.#first = 0;
    this.#bytes = 0;
    if (waiting > 0) this.#drop(waiting);
    return true;
  }

  #dropOldest(): void {
    this.#bytes -= this.#shift().json.length;
    this.#drop(1);
  }

  #drop(count: number): void {
    dropped.add(count);
    this.#loss = true;
  }

  #shift(): Waiting {
    const oldest = this.#waiting[this.#first]!;
    this.#first += 1;
    if (this.#first >= 1024 && this.#first * 2 >= this.#waiting.length) {
      this.#waiting.splice(0, this.#first);
      this.#first = 0;
    }
    return oldest;
  }

  #take(): Batch | undefined {
    if (this.#count() === 0 && !this.#loss) return undefined;
    const placeOf = new Map<InterestKey, number>();
    const announcements: string[] = [];
    let bytes = 0;
    while (this.#count() > 0 && announcements.length < 2 * batchEvents) {
      const { keys, json } = this.#waiting[this.#first]!;
      if (bytes > 0 && bytes + json.length > batchBytes) break;
      this.#shift();
      bytes += json.length;
      announcements.push(placesOf(keys, placeOf), json);
    }
    this.#bytes -= bytes;
    if (this.#count() === 0) {
      this.#waiting = [];
      this.#first = 0;
    }
    const afterLoss = this.#loss;
    this.#loss = false;
    const args = [placeOf.size, ...placeOf.keys(), ...announcements];
    return { number: ++this.#number, afterLoss, args, events: announcements.length / 2 };
  }
}

/** The keys of one announcement as places in the list of all the batch's keys, which is looked up once. */
function placesOf(keys: readonly InterestKey[], placeOf: Map<InterestKey, number>): string {
  let places = "";
  for (const key of keys) {
    let place = placeOf.get(key);
    if (place === undefined) {
      place = placeOf.size + 1;
      placeOf.set(key, place);
    }
    places += places === "" ? place : `,${place}`;
  }
  return places;
}
