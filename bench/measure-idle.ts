// One measurement of memory: what the server's process grows by for connections that do nothing.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { startLoad } from "./load-process.ts";

/** How long a server has to give back what connecting cost it: V8 begins to tidy eight seconds after the last of it. */
const settleMs = 12_000;

/** Resident bytes for each connection. */
export async function measureIdle(load: string, job: { readonly connections: number }, pid: number): Promise<number> {
  const { worker, within } = await startLoad(load, job);
  await within(after(settleMs));
  const before = residentOf(pid);
  worker.send("more");
  await within(once(worker, "message"));
  await within(after(settleMs));
  const behind = residentOf(pid);
  const ended = once(worker, "exit");
  worker.send("end");
  await ended;
  return (behind - before) / job.connections;
}

/** Of the process, as the kernel counts it. */
function residentOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024;
}
