// Who may read /metrics: figures tell how many talk here, and when.
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isLoopback, plainAddress } from "./address.ts";

export interface MetricsAccess {
  /** Asked of everybody; empty: `allow` decides. */
  readonly token: string;
  readonly allow: "loopback" | "all";
}

/** What a proxy on this machine adds for a client that is elsewhere. */
const forwarding = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;

/** The HTTP status to refuse with; undefined: go on. */
export function metricsRefusal(
  { token, allow }: MetricsAccess,
  remote: string | undefined,
  headers: IncomingHttpHeaders,
): 401 | 403 | undefined {
  if (token !== "") return isBearer(headers.authorization, token) ? undefined : 401;
  if (allow === "all") return undefined;
  const here = isLoopback(plainAddress(remote ?? "")) && forwarding.every((name) => headers[name] === undefined);
  return here ? undefined : 403;
}

/** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). Constant in time, whatever the lengths. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const given = /^bearer +(.*)$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
