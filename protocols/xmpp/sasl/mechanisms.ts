// SASL mechanisms (RFC 4422): what a client says, what it is answered, and who it proves to be.
import { createHash } from "node:crypto";
import {
  type Core,
  Fault,
  type ScramHash,
  ScramExchange,
  type ScramKeys,
  tokenExpiry,
  type UserId,
  preparedPassword,
} from "#core";
import { accountOf, parseJid } from "../addressing.ts";
import { type Mechanism, type SaslExchange, SaslFailure, type SaslPeer, textOf } from "./exchange.ts";
import { userNamed } from "./named-user.ts";
import { oauthBearer } from "./oauth-bearer.ts";
import { checkAuthzid, failed } from "./outcome.ts";

/** Strongest first. */
export const mechanisms: readonly Mechanism[] = [
  { name: "EXTERNAL", plain: false, binds: false, begin: external },
  scramOf("SHA-256", true),
  scramOf("SHA-1", true),
  scramOf("SHA-256", false),
  scramOf("SHA-1", false),
  { name: "OAUTHBEARER", plain: true, binds: false, begin: oauthBearer },
  { name: "PLAIN", plain: true, binds: false, begin: plain },
];

/** RFC 4422 appendix A, XEP-0178 §2: who the certificate says, or one of them. */
function external(core: Core, { certificate }: SaslPeer): SaslExchange {
  return {
    step: async (message) => {
      const authzid = textOf(message);
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
      const parts = textOf(message).split("\0");
      if (parts.length !== 3 || parts[1] === "" || parts[2] === "") throw new SaslFailure("malformed-request");
      const [authzid, name, secret] = parts as [string, string, string];
      const user = accountOf(name, core.host);
      if (user === undefined) throw new SaslFailure("not-authorized");
      checkAuthzid(authzid, user);
      const verified = await core.accounts.verify(user, preparedPassword(secret), { remote }).catch(failed);
      return { user: verified, until: tokenExpiry(secret) };
    },
  };
}

function scramOf(hash: ScramHash, plus: boolean): Mechanism {
  return {
    name: `SCRAM-${hash}${plus ? "-PLUS" : ""}`,
    plain: false,
    binds: plus,
    begin: (core, peer) => scram(core, peer, hash, plus),
  };
}

/** RFC 5802, RFC 7677. */
function scram(core: Core, peer: SaslPeer, hash: ScramHash, plus: boolean): SaslExchange {
  const { remote, bindings } = peer;
  let user: UserId | undefined;
  const keysOf = (name: string): Promise<ScramKeys> => {
    user = userNamed(name, core);
    return core.accounts.scramKeys(user, hash, remote);
  };
  const exchange = new ScramExchange({ hash, keysOf, bindings, plus, offerHash: offerHash(peer, hash) });
  let begun = false;
  return {
    step: async (message) => {
      const text = textOf(message);
      if (!begun) {
        begun = true;
        return { challenge: await exchange.first(text).catch(failed) };
      }
      let data: string;
      try {
        data = exchange.final(text);
      } catch (error) {
        if (error instanceof Fault && error.code === "unauthorized") core.accounts.scramFailed(user!, remote);
        return failed(error);
      }
      checkAuthzid(exchange.authzid, user!);
      return { user: user!, data };
    },
  };
}

const digest = { "SHA-1": "sha1", "SHA-256": "sha256" } as const satisfies Record<ScramHash, string>;

/**
 * XEP-0474 §5.1: what was offered, under the proofs, so that a client notices when somebody between left some of it out.
 * Names are ASCII, so that the order of JavaScript's strings is the order of octets.
 */
export function offerHash({ offered, bindings }: Pick<SaslPeer, "offered" | "bindings">, hash: ScramHash): string {
  const sorted = (names: readonly string[]): string => names.toSorted().join("\x1e");
  const all = sorted(offered) + (bindings === undefined ? "" : `\x1f${sorted(bindings.types)}`);
  return createHash(digest[hash]).update(all).digest("base64");
}
