// What a SASL mechanism (RFC 4422) is to both profiles, RFC 6120's and XEP-0388's.
import type { CertificateNames, ChannelBindings, Core, UserId } from "#core";

/** RFC 6120 §6.5. */
export type SaslCondition =
  | "aborted"
  | "account-disabled"
  | "credentials-expired"
  | "encryption-required"
  | "incorrect-encoding"
  | "invalid-authzid"
  | "invalid-mechanism"
  | "malformed-request"
  | "not-authorized"
  | "temporary-auth-failure";

export class SaslFailure extends Error {
  readonly condition: SaslCondition;

  constructor(condition: SaslCondition) {
    super(condition);
    this.condition = condition;
  }
}

export type SaslStep =
  | { readonly challenge: string }
  /** `data`: what goes along with success (RFC 6120 §6.4.6). */
  | { readonly user: UserId; readonly data?: string | Buffer; readonly until?: number | undefined };

/** One exchange. Throws SaslFailure. */
export interface SaslExchange {
  step(message: Buffer): Promise<SaslStep>;
}

export interface SaslPeer {
  /** The client's address, for the count of failures. */
  readonly remote: string;
  /** The client's, verified by TLS; undefined without one. */
  readonly certificate: CertificateNames | undefined;
  /** What mechanisms may bind to, when those that do are offered. */
  readonly bindings: ChannelBindings | undefined;
  /** The names of all mechanisms that the profile offers this client. */
  readonly offered: readonly string[];
}

export interface Mechanism {
  readonly name: string;
  /** Shows a secret to whoever listens. */
  readonly plain: boolean;
  /** Binds to the channel (RFC 5056). */
  readonly binds: boolean;
  begin(core: Core, peer: SaslPeer): SaslExchange;
}

/** The message as text, which all mechanisms but those of binary proofs speak. */
export function textOf(message: Buffer): string {
  const text = message.toString("utf8");
  if (Buffer.byteLength(text) !== message.length || text.includes("\ufffd")) throw new SaslFailure("malformed-request");
  return text;
}
