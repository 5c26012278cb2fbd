// The first line of every connection.
import type { JsonOptions } from "./options.ts";
import { verbs } from "./verbs.ts";

/** What this server is and takes, so that a client need not guess. */
export function hello({ heartbeatMs, maxFrame, inflight }: JsonOptions): string {
  return JSON.stringify({
    type: "hello",
    version: 1,
    heartbeat: heartbeatMs,
    maxFrame,
    inflight,
    features: Object.keys(verbs),
  });
}
