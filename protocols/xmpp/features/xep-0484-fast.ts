// XEP-0484: a client that has logged in is given a token, and logs in with that in one round trip.
import type { UserId } from "#core";
import type { Element } from "../element.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute, stamp } from "../print.ts";
import { type SaslExchange, SaslFailure } from "../sasl/exchange.ts";
import { hashedToken, type HashedTokenMechanism, hashedTokensFor } from "../sasl/hashed-token.ts";
import { failed } from "../sasl/outcome.ts";
import type { UserAgent } from "../sasl/user-agent.ts";
import type { Stream } from "../stream.ts";

export const fast: Feature = {
  spec: {
    id: "XEP-0484",
    title: "Fast Authentication Streamlining Tokens",
    version: "0.1.0",
    status: "complete",
    note: "HT-SHA-256-EXPR, -ENDP and -NONE; no TLS 0-RTT",
  },
  inline: (stream) => {
    const names = hashedTokensFor(stream).map((name) => `<mechanism>${name}</mechanism>`);
    return names.length === 0 ? undefined : `<fast xmlns="${ns.fast}">${names.join("")}</fast>`;
  },
};

/** Tokens of streams that are due to be replaced. */
const due = new WeakMap<Stream, HashedTokenMechanism>();

/** The exchange by token that the client asks for; undefined when it means another mechanism. */
export function byToken(stream: Stream, authenticate: Element, agent: UserAgent): SaslExchange | undefined {
  const mechanism = hashedTokensFor(stream).find((name) => name === authenticate.attrs["mechanism"]);
  if (mechanism === undefined) return undefined;
  due.delete(stream);
  // §3.4: "To indicate that it is providing a token, the client MUST include a <fast/> element".
  const element = authenticate.getChild("fast", ns.fast);
  if (element === undefined) throw new SaslFailure("malformed-request");
  return hashedToken(stream, { mechanism, fast: element, agent, due: () => due.set(stream, mechanism) });
}

export interface Holder {
  readonly user: UserId;
  /** Undefined for a client that did not say which it is (§4.1). */
  readonly client: string | undefined;
  /** How it has proved who it is, and until when that holds. */
  readonly mechanism: string | undefined;
  readonly until: number | undefined;
}

/** What stands in `<success/>`: a token that was asked for (§3.3), or the next one when it is time (§3.5). */
export async function tokenFor(stream: Stream, authenticate: Element, holder: Holder): Promise<string> {
  const { user, client } = holder;
  const asked = authenticate.getChild("request-token", ns.fast)?.attrs["mechanism"];
  const wanted = hashedTokensFor(stream).find((name) => name === asked) ?? due.get(stream);
  due.delete(stream);
  if (wanted === undefined || client === undefined || !outlives(stream, holder)) return "";
  const { token, expiresAt } = await stream.server.core.clientTokens.issue(user, client, wanted).catch(failed);
  return `<token xmlns="${ns.fast}"${attribute("expiry", stamp(expiresAt))}${attribute("token", token)}/>`;
}

/**
 * A token ends with the account's own password. Whoever proved to be the account by what somebody else decides (a JWT, a
 * certificate, a webhook) gets none: it would hold when they have long decided otherwise.
 */
function outlives(stream: Stream, { mechanism = "", until }: Holder): boolean {
  if (until !== undefined) return false;
  const own = mechanism.startsWith("SCRAM-") || mechanism.startsWith("HT-");
  return own || (mechanism === "PLAIN" && stream.server.core.accounts.ownPasswords);
}
