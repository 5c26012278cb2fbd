// A question about nodes (XEP-0060), whichever service it is asked of: an account (XEP-0163), or the host's own.
import { type NodePlace, nodeServiceOf, type UserId } from "#core";
import { parseJid, userOfJid } from "./addressing.ts";
import { childrenOf, type Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import { pubsubError } from "./pubsub-faults.ts";
import type { XmppServer } from "./server.ts";
import type { XmppSession } from "./session.ts";
import { aloneOf } from "./source.ts";

export interface PubsubRequest {
  readonly session: XmppSession;
  /** The account, or the service. */
  readonly owner: string;
  /** `<pubsub/>`. */
  readonly payload: Element;
  /** The element in it that says what is asked. */
  readonly asked: Element;
}

export type PubsubHandler = (request: PubsubRequest) => string | undefined | Promise<string | undefined>;

/** Where the host's own service is. */
export function serviceDomain({ host }: XmppServer): string {
  return nodeServiceOf(host);
}

export function placeOf({ owner, asked }: PubsubRequest): NodePlace {
  const name = asked.attrs["node"] ?? "";
  if (name === "") throw pubsubError("bad-request", "of no node", "nodeid-required");
  return { owner, name };
}

/** The address to subscribe; of the account, or of one of its resources. */
export function subscriberOf({ session, asked }: PubsubRequest): string {
  const jid = parseJid(asked.attrs["jid"] ?? "");
  if (jid === undefined) throw pubsubError("bad-request", "no address", "invalid-jid");
  // §6.1.3.1
  if (jid.bare !== session.user) throw pubsubError("bad-request", "another's address", "invalid-jid");
  return jid.resource === "" ? jid.bare : `${jid.bare}/${jid.resource}`;
}

/** An account here; undefined for any other address. */
export function accountAt({ session }: PubsubRequest, text: string | undefined): UserId | undefined {
  const jid = parseJid(text ?? "");
  if (jid === undefined || jid.local === "" || jid.domain !== session.server.host) return undefined;
  return userOfJid(jid);
}

/** The item's payload, to stand in another item; undefined when there is none. */
export function payloadOf(item: Element): string | undefined {
  const [payload, ...more] = childrenOf(item);
  if (more.length > 0) throw pubsubError("bad-request", "several payloads", "invalid-payload"); // §7.1.3.6
  return payload && aloneOf(payload, undefined);
}

export function pubsub(inner: string, xmlns: string = ns.pubsub): string {
  return `<pubsub xmlns="${xmlns}">${inner}</pubsub>`;
}
