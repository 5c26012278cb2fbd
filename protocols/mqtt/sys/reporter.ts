// Publishes the `$SYS` tree of this node, now and then.
import type { Front } from "../front.ts";
import { Load } from "./load.ts";
import { loads, type Reading, values, version } from "./tree.ts";

/**
 * Each node reports of itself, to its own subscribers: added up over a cluster the numbers would say less, and told to
 * other nodes they would overwrite each other. A value is published when it has changed, as Mosquitto does, and kept
 * for whoever subscribes later.
 */
export class SysReporter {
  readonly #front: Front;
  readonly #loads = loads.map(() => new Load());
  readonly #told = new Map<string, string>();
  readonly #startedAt: number;
  #lastAt: number;
  #mostHeap = 0;
  #cancel: (() => void) | undefined;

  constructor(front: Front) {
    this.#front = front;
    this.#startedAt = this.#lastAt = front.core.clock.now();
  }

  /** Publishes at once, and then every `sysIntervalS`; never, if that is 0. */
  start(): void {
    const { core, options } = this.#front;
    if (options.sysIntervalS === 0) return;
    this.#tell(version, `trivium version ${options.version}`);
    this.#report();
    const again = (): void => {
      this.#cancel = core.clock.after(options.sysIntervalS * 1000, () => {
        this.#report();
        again();
      });
    };
    again();
  }

  stop(): void {
    this.#cancel?.();
  }

  #report(): void {
    const now = this.#front.core.clock.now();
    const reading = this.#read(now);
    for (const [name, value] of values) this.#tell(`$SYS/broker/${name}`, String(value(reading)));
    loads.forEach(([name, total], at) => {
      const load = this.#loads[at]!;
      load.read(total(reading), (now - this.#lastAt) / 1000);
      for (const [span, value] of load.values()) this.#tell(`$SYS/broker/load/${name}/${span}`, value);
    });
    this.#lastAt = now;
  }

  #read(now: number): Reading {
    const { traffic, clients, core } = this.#front;
    const { heapUsed } = process.memoryUsage();
    this.#mostHeap = Math.max(this.#mostHeap, heapUsed);
    return {
      traffic,
      topics: core.topics.status(),
      upS: (now - this.#startedAt) / 1000,
      clients: clients.size,
      inFlight: clients.all().reduce((sum, { inFlight }) => sum + inFlight.count, 0),
      heap: heapUsed,
      mostHeap: this.#mostHeap,
    };
  }

  #tell(topic: string, value: string): void {
    if (this.#told.get(topic) === value) return;
    this.#told.set(topic, value);
    this.#front.core.topics.report(topic, Buffer.from(value));
  }
}
