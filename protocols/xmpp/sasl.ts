// SASL mechanisms (RFC 4422): what a client says, what it is answered, and who it proves to be.
import {
  type CertificateNames,
  type Core,
  Fault,
  type ScramHash,
  ScramExchange,
  type ScramKeys,
  type UserId,
  userOf,
  preparedPassword,
} from "#core";
import { accountOf, parseJid } from "./addressing.ts";

/** RFC 6120 §6.5. */
export type SaslCondition =
  | "aborted"
  | "account-disabled"
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
  | { readonly user: UserId; readonly data?: string };

/** One exchange. Throws SaslFailure. */
export interface SaslExchange {
  step(message: string): Promise<SaslStep>;
}

export interface SaslPeer {
  /** The client's address, for the count of failures. */
  readonly remote: string;
  /** The client's, verified by TLS; undefined without one. */
  readonly certificate: CertificateNames | undefined;
}

export interface Mechanism {
  readonly name: string;
  /** Shows the password to whoever listens. */
  readonly plain: boolean;
  begin(core: Core, peer: SaslPeer): SaslExchange;
}

/** Strongest first. */
export const mechanisms: readonly Mechanism[] = [
  { name: "EXTERNAL", plain: false, begin: external },
  { name: "SCRAM-SHA-256", plain: false, begin: (core, { remote }) => scram(core, remote, "SHA-256") },
  { name: "SCRAM-SHA-1", plain: false, begin: (core, { remote }) => scram(core, remote, "SHA-1") },
  { name: "PLAIN", plain: true, begin: plain },
];

/** RFC 4422 appendix A, XEP-0178 §2: who the certificate says, or one of them. */
function external(core: Core, { certificate }: SaslPeer): SaslExchange {
  return {
    step: async (authzid) => {
      const holders = certificate === undefined ? [] : core.accounts.inCertificate(certificate);
      const asked = authzid === "" ? undefined : parseJid(authzid)?.bare;
      const named = holders.find((holder) => holder === asked);
      if (authzid === "" ? holders.length > 1 : named === undefined) throw new SaslFailure("invalid-authzid");
      const user = certificate && (await core.accounts.verifyCertificate(certificate, named).catch(failed));
      if (user === undefined) throw new SaslFailure("not-authorized");
      return { user };
    },
  };
}

/** RFC 4616. */
function plain(core: Core, { remote }: SaslPeer): SaslExchange {
  return {
    step: async (message) => {
      const parts = message.split("\0");
      if (parts.length !== 3 || parts[1] === "" || parts[2] === "") throw new SaslFailure("malformed-request");
      const [authzid, name, secret] = parts as [string, string, string];
      const user = accountOf(name, core.host);
      if (user === undefined) throw new SaslFailure("not-authorized");
      checkAuthzid(authzid, user);
      return { user: await core.accounts.verify(user, preparedPassword(secret), { remote }).catch(failed) };
    },
  };
}

/** RFC 5802, RFC 7677. */
function scram(core: Core, remote: string, hash: ScramHash): SaslExchange {
  let user: UserId | undefined;
  const keysOf = (name: string): Promise<ScramKeys> => {
    // A name that no account can have goes the same way as one that none has.
    user = accountOf(name, core.host) ?? userOf(`/${Buffer.from(name).toString("base64url")}`, core.host);
    return core.accounts.scramKeys(user, hash, remote);
  };
  const exchange = new ScramExchange({ hash, keysOf });
  let begun = false;
  return {
    step: async (message) => {
      if (!begun) {
        begun = true;
        return { challenge: await exchange.first(message).catch(failed) };
      }
      let data: string;
      try {
        data = exchange.final(message);
      } catch (error) {
        if (error instanceof Fault && error.code === "unauthorized") core.accounts.scramFailed(user!, remote);
        return failed(error);
      }
      checkAuthzid(exchange.authzid, user!);
      return { user: user!, data };
    },
  };
}

/** RFC 6120 §6.3.8: nobody acts for another here. */
function checkAuthzid(authzid: string, user: UserId): void {
  if (authzid !== "" && parseJid(authzid)?.bare !== user) throw new SaslFailure("invalid-authzid");
}

function failed(error: unknown): never {
  if (!(error instanceof Fault)) throw error;
  if (error.code === "unauthorized" || error.code === "not-found") throw new SaslFailure("not-authorized");
  throw new SaslFailure(error.code === "bad-request" ? "malformed-request" : "temporary-auth-failure");
}
