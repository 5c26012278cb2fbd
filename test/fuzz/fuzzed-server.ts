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

/** Looks at the server's memory when it is time to; whoever else comes meanwhile goes on. */
export class Watch {
  readonly #server: Server;
  readonly #growth: Growth;
  #looking = false;

  constructor(server: Server, growth: Growth) {
    this.#server = server;
    this.#growth = growth;
  }

  async at(n: number): Promise<void> {
    if (this.#looking || !this.#growth.due(n)) return;
    this.#looking = true;
    this.#growth.note(n, (await this.#server.ask("memory")) as Memory);
    this.#looking = false;
  }
}
