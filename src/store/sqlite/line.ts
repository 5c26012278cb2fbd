// A line to one of the threads: questions go in order, answers come back in order.
import { Worker } from "node:worker_threads";
import { Fault } from "../../model/fault.ts";
import type { Refusal } from "./refusal.ts";

export type WorkerRole = "writer" | "reader";

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly refusal?: Refusal;
}

/** Questions waiting at once; the next one is refused. One batch is one question, so this is plenty. */
const mostWaiting = 10_000;

type Table = { readonly [name: string]: (...args: never[]) => unknown };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Fault): void;
}

/** Resolves when the thread has the file open; `failed` is told, once, when nothing more can be asked. */
export async function openLine<Q extends Table>(
  file: string,
  role: WorkerRole,
  failed: (reason: string) => void,
): Promise<Line<Q>> {
  const line = new Line<Q>(file, role, failed);
  try {
    await line.ask("open", ...([] as never));
    return line;
  } catch (error) {
    await line.close();
    throw error;
  }
}

export class Line<Q extends Table> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #failed: (reason: string) => void;
  #lastId = 0;
  #closing = false;
  #broken: Fault | undefined;

  constructor(file: string, role: WorkerRole, failed: (reason: string) => void) {
    this.#failed = failed;
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: { file, role } });
    this.#worker.on("message", (answer: Answer) => this.#answered(answer));
    this.#worker.on("error", (error) => this.#break(error.message));
    this.#worker.on("exit", (code) => this.#break(`the ${role} thread ended with ${code}`));
  }

  ask<Name extends keyof Q & string>(
    name: Name | "open" | "close",
    ...args: Parameters<Q[Name]>
  ): Promise<ReturnType<Q[Name]>> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) return reject(this.#broken);
      if (this.#waiting.size >= mostWaiting) {
        return reject(new Fault("unavailable", "too much asked of the store", { retryAfterMs: 1000 }));
      }
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, args } satisfies Question);
    });
  }

  /** Answers all that was asked before, then ends the thread. */
  async close(): Promise<void> {
    if (this.#broken === undefined) {
      // The thread ends by itself once it has answered, and its end may be heard before its answer.
      this.#closing = true;
      await this.ask("close", ...([] as never)).catch((error: unknown) => {
        if (this.#broken === undefined) throw error;
      });
      this.#broken = new Fault("unavailable", "the store is closed");
    }
    await this.#worker.terminate();
  }

  #answered({ id, value, refusal }: Answer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return; // refused already, when the line broke
    this.#waiting.delete(id);
    if (refusal === undefined) return waiting.resolve(value);
    if (refusal.fatal) this.#break(refusal.message);
    // What passes by itself says when to try again; what is fatal does not.
    const retry = refusal.code === "unavailable" && !refusal.fatal ? { retryAfterMs: 250 } : {};
    waiting.reject(new Fault(refusal.code, refusal.message, retry));
  }

  #break(reason: string): void {
    if (this.#broken !== undefined) return;
    this.#broken = new Fault("unavailable", reason);
    if (!this.#closing) this.#failed(reason);
    for (const waiting of this.#waiting.values()) waiting.reject(this.#broken);
    this.#waiting.clear();
  }
}
