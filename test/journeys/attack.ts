import type { Server } from "../support/server.ts";

/** One kind of bad input. */
export interface Attack {
  /** What is done, and what the protocol says to it. */
  readonly title: string;
  /** Does it, and rejects unless the server answers so. */
  readonly strike: (server: Server) => Promise<void>;
}
