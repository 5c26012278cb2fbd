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
  /** And until so many were delivered, though for no longer than a minute. */
  readonly warmUpDeliveries?: number | undefined;
}

const longestWarmUpMs = 60_000;

export async function measure(load: string, job: object, pid: number, timing: Timing): Promise<Sample> {
  const { worker, within } = await startLoad(load, job);
  tell(worker, "begin");
  await within(after(timing.warmUpMs));
  let before = await within(count(worker));
  for (let waited = 0; before.delivered < (timing.warmUpDeliveries ?? 0) && waited < longestWarmUpMs; waited += 1_000) {
    await within(after(1_000));
    before = await within(count(worker));
  }
  const cpuBefore = cpuMicrosOf(pid);
  await within(after(timing.measureMs));
  const behind = await within(count(worker));
  const cpu = cpuMicrosOf(pid) - cpuBefore;
  const ended = once(worker, "exit");
  tell(worker, "end");
  await ended;
  const delivered = behind.delivered - before.delivered;
  if (delivered === 0) throw new Error(`${load}: nothing was delivered`);
  return sampleOf(cpu, delivered, behind.atMs - before.atMs, behind.latencies);
}

export function sampleOf(cpu: number, delivered: number, ms: number, latencies: readonly number[]): Sample {
  const sorted = latencies.toSorted((a, b) => a - b);
  const quantile = (q: number): number => sorted[Math.floor(sorted.length * q)] ?? NaN;
  return { micros: cpu / delivered, perSecond: (delivered * 1_000) / ms, p50: quantile(0.5), p99: quantile(0.99) };
}

function tell(worker: ChildProcess, order: Order): void {
  worker.send(order);
}

async function count(worker: ChildProcess): Promise<Count> {
  tell(worker, "count");
  const [answer] = (await once(worker, "message")) as [Count];
  return answer;
}
