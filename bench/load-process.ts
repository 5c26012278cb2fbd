// The process that bears a load on a server, as the one that measures sees it.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface LoadProcess {
  readonly worker: ChildProcess;
  /** What the promise gives; rejects when the process ends first. */
  readonly within: <T>(promise: Promise<T>) => Promise<T>;
}

/** Resolves when it has said that it is ready. */
export async function startLoad(load: string, job: object): Promise<LoadProcess> {
  const worker = fork(fileURLToPath(new URL(`load/${load}.js`, import.meta.url)), [JSON.stringify(job)]);
  const failed = once(worker, "exit").then(([code]) => {
    throw new Error(`the load process ${load} ended with ${code}`);
  });
  failed.catch(() => {});
  const within = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, failed]);
  await within(once(worker, "message"));
  return { worker, within };
}
