// One measurement: a load process against one server, and what the server's process used meanwhile.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as after } from "node:timers/promises";
import { cpuMicrosOf } from "./cpu.ts";
import { startLoad } from "./load-process.ts";
import type { Count, Order } from "./load/worker.ts";

export interface Sample {
  /** Server CPU for one delivered message, microseconds. */
  readonly micros: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Timing {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export async function measure(load: string, job: object, pid: number, timing: Timing): Promise<Sample> {
  const { worker, within } = await startLoad(load, job);
  tell(worker, "begin");
  await within(after(timing.warmUpMs));
  const before = await within(count(worker));
  const cpuBefore = cpuMicrosOf(pid);
  await within(after(timing.measureMs));
  const behind = await within(count(worker));
  const cpu = cpuMicrosOf(pid) - cpuBefore;
  const ended = once(worker, "exit");
  tell(worker, "end");
  await ended;
  const delivered = behind.delivered - before.delivered;
  if (delivered === 0) throw new Error(`${load}: nothing was delivered`);
  const latencies = behind.latencies.toSorted((a, b) => a - b);
  const quantile = (q: number): number => latencies[Math.floor(latencies.length * q)] ?? NaN;
  return {
    micros: cpu / delivered,
    perSecond: (delivered * 1_000) / (behind.atMs - before.atMs),
    p50: quantile(0.5),
    p99: quantile(0.99),
  };
}

function tell(worker: ChildProcess, order: Order): void {
  worker.send(order);
}

async function count(worker: ChildProcess): Promise<Count> {
  tell(worker, "count");
  const [answer] = (await once(worker, "message")) as [Count];
  return answer;
}
