// Refusals in XMPP's words: stream errors (RFC 6120 §4.9.3), stanza errors (RFC 6120 §8.3.3), and what each Fault maps to.
import { Fault, type FaultCode } from "#core";
import { ns } from "./namespaces.ts";
import { attribute, escapeText } from "./print.ts";

/** RFC 6120 §4.9.3. */
export type StreamCondition =
  | "bad-format"
  | "bad-namespace-prefix"
  | "conflict"
  | "connection-timeout"
  | "host-unknown"
  | "improper-addressing"
  | "internal-server-error"
  | "invalid-from"
  | "invalid-namespace"
  | "invalid-xml"
  | "not-authorized"
  | "not-well-formed"
  | "policy-violation"
  | "reset"
  | "resource-constraint"
  | "restricted-xml"
  | "system-shutdown"
  | "undefined-condition"
  | "unsupported-encoding"
  | "unsupported-stanza-type"
  | "unsupported-version";

/** RFC 6120 §8.3.3. */
export type StanzaCondition =
  | "bad-request"
  | "conflict"
  | "feature-not-implemented"
  | "forbidden"
  | "internal-server-error"
  | "item-not-found"
  | "jid-malformed"
  | "not-acceptable"
  | "not-allowed"
  | "not-authorized"
  | "policy-violation"
  | "recipient-unavailable"
  | "registration-required"
  | "remote-server-not-found"
  | "remote-server-timeout"
  | "resource-constraint"
  | "service-unavailable"
  | "unexpected-request";

type ErrorType = "auth" | "cancel" | "modify" | "wait";

/** Ends the stream in RFC 6120's words, where a Fault's code is too coarse. `detail` is an application's own element (§4.9.4). */
export class StreamError extends Fault {
  readonly condition: StreamCondition;
  readonly detail: string;

  constructor(condition: StreamCondition, message: string, detail = "") {
    super("bad-request", message, { ends: "connection" });
    this.condition = condition;
    this.detail = detail;
  }
}

/** Refuses a stanza in RFC 6120's words, where a Fault's code is too coarse. */
export class StanzaError extends Fault {
  readonly condition: StanzaCondition;
  readonly detail: string;
  /** Where it is another than the condition's usual one. */
  readonly type: ErrorType | undefined;
  /** What of the stanza is sent back beside the error, printed. */
  readonly echo: string;

  constructor(
    condition: StanzaCondition,
    message: string,
    detail = "",
    { type, echo = "" }: { readonly type?: ErrorType | undefined; readonly echo?: string } = {},
  ) {
    super("bad-request", message);
    this.condition = condition;
    this.detail = detail;
    this.type = type;
    this.echo = echo;
  }
}

/** What the sender of a stanza is told to do about it (RFC 6120 §8.3.2). */
const typeOf = {
  "bad-request": "modify",
  conflict: "cancel",
  "feature-not-implemented": "cancel",
  forbidden: "auth",
  "internal-server-error": "wait",
  "item-not-found": "cancel",
  "jid-malformed": "modify",
  "not-acceptable": "modify",
  "not-allowed": "cancel",
  "not-authorized": "auth",
  "policy-violation": "modify",
  "recipient-unavailable": "wait",
  "registration-required": "auth",
  "remote-server-not-found": "cancel",
  "remote-server-timeout": "wait",
  "resource-constraint": "wait",
  "service-unavailable": "cancel",
  "unexpected-request": "wait",
} as const satisfies Record<StanzaCondition, ErrorType>;

export const stanzaConditionOf = {
  "bad-request": "bad-request",
  "not-found": "item-not-found",
  forbidden: "forbidden",
  blocked: "not-acceptable",
  unauthorized: "not-authorized",
  revoked: "not-authorized",
  conflict: "conflict",
  unsupported: "feature-not-implemented",
  "too-large": "policy-violation",
  "rate-limited": "resource-constraint",
  "quota-exceeded": "resource-constraint",
  unavailable: "internal-server-error",
  "session-replaced": "recipient-unavailable",
  "slow-consumer": "recipient-unavailable",
  timeout: "recipient-unavailable",
  draining: "recipient-unavailable",
  internal: "internal-server-error",
} as const satisfies Record<FaultCode, StanzaCondition>;

export const streamConditionOf = {
  "bad-request": "bad-format",
  "not-found": "host-unknown",
  forbidden: "policy-violation",
  blocked: "policy-violation",
  unauthorized: "not-authorized",
  revoked: "reset", // RFC 6120 §4.9.3.16: what the stream was secured with is revoked
  conflict: "conflict",
  unsupported: "unsupported-stanza-type",
  "too-large": "policy-violation",
  "rate-limited": "policy-violation",
  "quota-exceeded": "resource-constraint",
  unavailable: "internal-server-error",
  "session-replaced": "conflict",
  "slow-consumer": "policy-violation",
  timeout: "connection-timeout",
  draining: "system-shutdown",
  internal: "internal-server-error",
} as const satisfies Record<FaultCode, StreamCondition>;

/** What stands in an error stanza. The fault's message stays here: it is for the log. */
export function stanzaErrorOf(fault: Fault): string {
  const condition = fault instanceof StanzaError ? fault.condition : stanzaConditionOf[fault.code];
  // XEP-0191 §3.5: who blocked somebody is told that this is why.
  const detail =
    fault instanceof StanzaError
      ? fault.detail
      : fault.code === "blocked"
        ? `<blocked xmlns="${ns.blockingErrors}"/>`
        : "";
  const own = fault instanceof StanzaError ? fault.type : undefined;
  const type = own ?? (fault.code === "blocked" ? "cancel" : typeOf[condition]);
  const echo = fault instanceof StanzaError ? fault.echo : "";
  return `${echo}<error type="${type}"><${condition} xmlns="${ns.stanzaErrors}"/>${detail}</error>`;
}

/** The whole stream error, with its namespaces declared: RFC 7395 §3.3.3 wants every frame to stand alone. */
export function streamErrorOf(fault: Fault): string {
  return `<stream:error xmlns:stream="${ns.streams}">${streamErrorContent(fault)}</stream:error>`;
}

/** What stands in a stream error. */
export function streamErrorContent(fault: Fault): string {
  const condition = fault instanceof StreamError ? fault.condition : streamConditionOf[fault.code];
  const detail = fault instanceof StreamError ? fault.detail : "";
  return `<${condition} xmlns="${ns.streamErrors}"/>${detail}`;
}

/** An application's own condition beside the defined one, with text for people. */
export function detailOf(name: string, xmlns: string, attrs: Readonly<Record<string, string>> = {}, text = ""): string {
  const printed = Object.entries(attrs)
    .map(([key, value]) => attribute(key, value))
    .join("");
  return text === ""
    ? `<${name} xmlns="${xmlns}"${printed}/>`
    : `<${name} xmlns="${xmlns}"${printed}>${escapeText(text)}</${name}>`;
}
