// A server process to be fuzzed, and how much memory it keeps.
import { Server } from "../support/server.ts";
import type { Growth, Memory } from "./drift.ts";

/** Not started yet. Its limits are those of many clients; its clocks', of a busy machine. */
export async function prepareFuzzed(): Promise<Server> {
  const settings = {
    TRIVIUM_LIMITS_CONNECTIONS_PER_ADDRESS: "10000",
    TRIVIUM_LIMITS_AUTH_TIMEOUT_MS: "600000",
  };
  return Server.prepare({ settings, preload: new URL("collector.js", import.meta.url), readyMs: 600_000 });
}

/**
 * Looks at the server's memory when it is time to and none of those at work has anything open, whose memory would be live by right,
 * and another each time.
 */
export class Watch {
  readonly #server: Server;
  readonly #growth: Growth;
  #working: number;
  /** They wait for a look. */
  readonly #resting: (() => void)[] = [];
  #due = false;
  #done = 0;

  constructor(server: Server, growth: Growth, workers: number) {
    this.#server = server;
    this.#growth = growth;
    this.#working = workers;
  }

  /** Of a worker that has nothing open, when all have done so many. */
  async at(n: number): Promise<void> {
    this.#done = n;
    this.#due ||= this.#growth.due(n);
    if (!this.#due) return;
    const looked = new Promise<void>((resolve) => void this.#resting.push(resolve));
    await Promise.all([looked, this.#lookWhenAllRest()]);
  }

  /** A worker ends. */
  async leave(): Promise<void> {
    this.#working--;
    await this.#lookWhenAllRest();
  }

  async #lookWhenAllRest(): Promise<void> {
    if (this.#resting.length === 0 || this.#resting.length < this.#working) return;
    this.#growth.note(this.#done, (await this.#server.ask("memory")) as Memory);
    this.#due = false;
    for (const go of this.#resting.splice(0)) go();
  }
}
