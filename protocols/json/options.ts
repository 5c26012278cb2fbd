// What the composition root may set for this front-end; every bound has a name here.

export interface JsonOptions {
  /** Longest frame, bytes: a longer one from a client closes with 1009, ours are cut into several. */
  readonly maxFrame: number;
  /** Longest `body`, bytes of UTF-8. */
  readonly maxBody: number;
  /** Commands of one connection that may wait for their answers; at this bound the socket is not read. */
  readonly inflight: number;
  /** After this much silence the server beats … */
  readonly heartbeatMs: number;
  /** … and closes when nothing comes within this time. */
  readonly beatAnswerMs: number;
  /** From the upgrade to a successful `auth`. */
  readonly authTimeoutMs: number;
  /** Bytes the socket may owe a client before its outbox is left to fill. */
  readonly highWater: number;
  /** A socket above `highWater` for so long is closed. */
  readonly stuckMs: number;
  /** How long a named device is remembered after it has gone. */
  readonly rememberMs: number;
  /** Plain topics below this one belong to conversations and are refused here. */
  readonly chatPrefix: string;
  /** Refusals for going too fast, in a row, after which the connection is closed. */
  readonly strikes: number;
  /** Where error codes are explained; the code is appended. */
  readonly errorsHref: string;
}

export const defaultOptions: JsonOptions = {
  maxFrame: 65_536,
  maxBody: 32_768,
  inflight: 64,
  heartbeatMs: 25_000,
  beatAnswerMs: 8_000,
  authTimeoutMs: 10_000,
  highWater: 1_048_576,
  stuckMs: 30_000,
  rememberMs: 30 * 24 * 3_600_000,
  chatPrefix: "chat",
  strikes: 20,
  errorsHref: "/errors#",
};
