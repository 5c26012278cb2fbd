// Measurements of one load that stays connected: what the server's process used for a burst, from its first message until
// everybody has heard the last.
import { once } from "node:events";
import { cpuMicrosOf } from "./cpu.ts";
import { type LoadProcess, startLoad } from "./load-process.ts";
import type { Burst, BurstOrder } from "./load/worker.ts";
import { sampleOf, type Sample } from "./measure.ts";

export class BurstLoad {
  readonly #load: LoadProcess;
  readonly #pid: number;

  private constructor(load: LoadProcess, pid: number) {
    this.#load = load;
    this.#pid = pid;
  }

  /** Resolves when all is connected. */
  static async start(load: string, job: object, pid: number): Promise<BurstLoad> {
    return new BurstLoad(await startLoad(load, job), pid);
  }

  async measure(forMs: number): Promise<Sample> {
    const { worker, within } = this.#load;
    const cpuBefore = cpuMicrosOf(this.#pid);
    worker.send({ burst: forMs } satisfies BurstOrder);
    const [burst] = (await within(once(worker, "message"))) as [Burst];
    const cpu = cpuMicrosOf(this.#pid) - cpuBefore;
    return sampleOf(cpu, burst.delivered, burst.atMs - burst.beganMs, burst.latencies);
  }

  async end(): Promise<void> {
    const ended = once(this.#load.worker, "exit");
    this.#load.worker.send("end" satisfies BurstOrder);
    await ended;
  }
}
