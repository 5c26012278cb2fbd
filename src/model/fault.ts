// The one error a handler throws to refuse; each front-end maps every code to its protocol's own words.

export const faultCodes = [
  "bad-request", //        the request breaks the protocol or a schema
  "not-found", //          no such account, conversation, message, session
  "forbidden", //          known, but not allowed
  "blocked", //            whom one has blocked, one does not write to
  "unauthorized", //       not authenticated, or credentials refused
  "revoked", //            what one logged in with is not good any more: password changed, token at its end
  "conflict", //           same origin id with another body; nick or name taken
  "unsupported", //        understood, but not offered here
  "too-large", //          over a size limit
  "rate-limited", //       too many in too short a time; try later
  "quota-exceeded", //     over a bound on what may be kept
  "unavailable", //        store or bus out of reach; try later
  "session-replaced", //   the same device connected elsewhere
  "slow-consumer", //      the client reads too slowly; its outbox is full
  "timeout", //            silence for too long
  "draining", //           the server is going down; reconnect
  "internal", //           our bug
] as const;

export type FaultCode = (typeof faultCodes)[number];

export interface FaultOptions {
  /** `request` answers one request; `connection` also closes. Default `request`. */
  readonly ends?: "request" | "connection";
  readonly cause?: unknown;
  /** For `rate-limited` and `unavailable`: when a retry may succeed, in milliseconds. */
  readonly retryAfterMs?: number;
}

export class Fault extends Error {
  readonly code: FaultCode;
  readonly ends: "request" | "connection";
  readonly retryAfterMs: number | undefined;

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Fault";
    this.code = code;
    this.ends = options.ends ?? "request";
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The fault itself, or `internal` around anything else (which is our bug). */
export function faultFrom(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault("internal", "unexpected error", { cause: error });
}
