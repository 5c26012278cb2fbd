import type { Target } from "../conformance/target.ts";
import type { ServerName } from "./servers.ts";

/** One figure of the table: a load, and the servers that bear it in turn. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  /** The file in `load/`. */
  readonly load: string;
  /** Ours first; the second is what the ratio is to. */
  readonly servers: readonly ServerName[];
  /** What the load process is told about this server. */
  job(target: Target): object;
}
