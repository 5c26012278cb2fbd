// HT-SHA-256-* (draft-schmaus-kitten-sasl-ht): a token proved in one message, bound to the channel or not, and proved back.
import type { TokenUse } from "#core";
import type { Element } from "../element.ts";
import type { Stream } from "../stream.ts";
import { type SaslExchange, SaslFailure, textOf } from "./exchange.ts";
import { userNamed } from "./named-user.ts";
import { bindingsOf } from "./offered.ts";
import { failed } from "./outcome.ts";
import { clientName, type UserAgent } from "./user-agent.ts";

/** By its last part a mechanism binds to a channel of this type. HT-…-UNIQ is not there: TLS 1.3 has no tls-unique. */
const channels = {
  "HT-SHA-256-EXPR": "tls-exporter",
  "HT-SHA-256-ENDP": "tls-server-end-point",
  "HT-SHA-256-NONE": undefined,
} as const;

export type HashedTokenMechanism = keyof typeof channels;

/** XEP-0484 §6: "only […] over a secure connection". Those that bind come first. */
export function hashedTokensFor(stream: Stream): readonly HashedTokenMechanism[] {
  if (!stream.link.secure || stream.mustEncrypt) return [];
  const types = new Set<string | undefined>([...(bindingsOf(stream)?.types ?? []), undefined]);
  return (Object.keys(channels) as HashedTokenMechanism[]).filter((name) => types.has(channels[name]));
}

export interface HashedTokenRequest {
  readonly mechanism: HashedTokenMechanism;
  /** XEP-0484's `<fast/>`. */
  readonly fast: Element;
  readonly agent: UserAgent;
  /** Told when the token is good, and it is time for another. */
  readonly due: () => void;
}

export function hashedToken(stream: Stream, { mechanism, fast, agent, due }: HashedTokenRequest): SaslExchange {
  const { server, link } = stream;
  const { core } = server;
  const channel = channels[mechanism];
  const binding = channel === undefined ? Buffer.alloc(0) : bindingsOf(stream)!.data(channel)!;
  const signed = (by: string): Buffer => Buffer.concat([Buffer.from(by), binding]);
  return {
    step: async (message) => {
      const end = message.indexOf(0);
      if (end <= 0) throw new SaslFailure("malformed-request");
      const name = textOf(message.subarray(0, end));
      const user = userNamed(name, core);
      const invalidate = ["1", "true"].includes(fast.attrs["invalidate"] ?? "");
      const proof = { mechanism, message: signed("Initiator"), signature: message.subarray(end + 1), invalidate };
      const client = await clientName(server, user, agent).catch(failed);
      const counted = { ...proof, count: countIn(fast), remote: link.remote };
      const used: TokenUse = await core.clientTokens.use(user, client, counted).catch(failed);
      // XEP-0484 §4.2: the client then logs in by other means.
      if (used.outcome === "expired") throw new SaslFailure("credentials-expired");
      if (used.outcome === "refused") throw new SaslFailure("not-authorized");
      if (used.due && !invalidate) due();
      return { user, data: used.sign(signed("Responder")) };
    },
  };
}

/** XEP-0484 §3.4: "The value of this attribute MUST be a positive integer". */
function countIn(fast: Element): number | undefined {
  const text = fast.attrs["count"];
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new SaslFailure("malformed-request");
  return Number(text);
}
