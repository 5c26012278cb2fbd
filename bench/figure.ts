import type { Login, Target } from "../conformance/target.ts";
import type { ServerName } from "./servers.ts";

/** One figure of the table: a load, and the servers that bear it in turn. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  /** CPU for a delivered message, or resident memory for a connection that does nothing. */
  readonly of: "messages" | "connections";
  /** The file in `load/`. */
  readonly load: string;
  /** Connecting takes long: the load connects once, and sends in bursts, of whole messages to all, in turn with other servers'. */
  readonly inBursts?: true;
  /** How many accounts its load logs in to, and its job is given; one unless said. */
  readonly accounts?: number;
  /** Ours first; the second is what the ratio is to. */
  readonly servers: readonly ServerName[];
  readonly goal?: Goal;
  /** What the load process is told about this server. */
  job(target: Target, accounts: readonly Login[]): object;
  /** Messages before the first round that counts, for servers that compile what they do often: where each takes so long that seconds say little. */
  readonly warmUp?: number;
  /** A busier job in front of the first round, for servers that compile what they do often; without it they do the job itself. */
  practice?(target: Target): object;
}

/** At most so many times what that server needs; or, of connections, so many bytes. */
export type Goal = { readonly most: number; readonly times: ServerName } | { readonly bytes: number };
