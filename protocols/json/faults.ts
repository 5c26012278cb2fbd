// Faults in the dialect's words: what a client is told, which number closes, and whether trying again may help.
import { Fault, type FaultCode, type FaultOptions } from "#core";

export interface ErrorEntry {
  /** WebSocket close code when the error ends the connection. */
  readonly close: number;
  /** The same command may succeed later, unchanged. */
  readonly retryable: boolean;
  /** One sentence for the client's developer. */
  readonly text: string;
}

/** Every error word of the dialect; docs/reference/json.md and `/errors` list the same. */
export const errors = {
  bad_json: { close: 4700, retryable: false, text: "The line is no JSON." },
  bad_request: { close: 4700, retryable: false, text: "The command breaks its schema or a limit." },
  unknown_command: { close: 4700, retryable: false, text: "This server knows no command of that type." },
  not_found: { close: 4704, retryable: false, text: "There is no such conversation, account or message." },
  forbidden: { close: 4703, retryable: false, text: "This account may not do that." },
  blocked: { close: 4711, retryable: false, text: "This account has blocked the other." },
  unauthorized: { close: 4401, retryable: false, text: "Not authenticated, or the credentials are refused." },
  conflict: { close: 4709, retryable: false, text: "The cid was used for other content, or the name is taken." },
  unsupported: { close: 4705, retryable: false, text: "Understood, but not offered here." },
  too_large: { close: 1009, retryable: false, text: "Over a size limit." },
  rate_limited: { close: 4429, retryable: true, text: "Too much in too short a time." },
  quota_exceeded: { close: 4710, retryable: false, text: "Over a bound on what may be kept." },
  unavailable: { close: 4002, retryable: true, text: "Storage is out of reach for the moment." },
  session_replaced: { close: 4701, retryable: false, text: "The same device connected elsewhere." },
  slow_consumer: { close: 4103, retryable: true, text: "The client reads too slowly; reconnect and resume." },
  timeout: { close: 4408, retryable: true, text: "Nothing was heard for too long." },
  drain: { close: 4001, retryable: true, text: "The server is going down; reconnect." },
  internal: { close: 4000, retryable: true, text: "An error of the server's own." },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorWord = keyof typeof errors;

const wordOf = {
  "bad-request": "bad_request",
  "not-found": "not_found",
  forbidden: "forbidden",
  unauthorized: "unauthorized",
  revoked: "unauthorized",
  conflict: "conflict",
  unsupported: "unsupported",
  "too-large": "too_large",
  "rate-limited": "rate_limited",
  blocked: "blocked",
  "quota-exceeded": "quota_exceeded",
  unavailable: "unavailable",
  "session-replaced": "session_replaced",
  "slow-consumer": "slow_consumer",
  timeout: "timeout",
  draining: "drain",
  internal: "internal",
} as const satisfies Record<FaultCode, ErrorWord>;

/** A fault of this front-end's own: its message is written for the client, unlike those of the core, which are for the log. */
export class Refusal extends Fault {
  readonly word: ErrorWord;

  constructor(code: FaultCode, message: string, options: FaultOptions & { readonly word?: ErrorWord } = {}) {
    super(code, message, options);
    this.word = options.word ?? wordOf[code];
  }
}

export function wordFor(fault: Fault): ErrorWord {
  return fault instanceof Refusal ? fault.word : wordOf[fault.code];
}

/** The error as a reply line; `re` is the refused command's id, `null` when it could not be read. */
export function errorLine(re: number | string | null, fault: Fault, href: string): string {
  const word = wordFor(fault);
  const { retryable, text } = errors[word];
  const message = fault instanceof Refusal ? fault.message : text;
  const error = { code: word, message, retryable, retryAfter: fault.retryAfterMs, href: `${href}${word}` };
  return JSON.stringify({ re, error });
}

export function closeCode(fault: Fault): number {
  return errors[wordFor(fault)].close;
}
