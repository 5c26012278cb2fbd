// RFC 6121 §8: stanzas from one client to another that the server only carries, and their arrival.
import type { Delivery, RelaySignal, UserId } from "#core";
import { deviceOf, fullJid, type Jid, userOfJid } from "../addressing.ts";
import { availabilityOf, listens } from "../availability.ts";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { type Relayed, readRelay, relay } from "../relay.ts";
import type { XmppSession } from "../session.ts";
import { innerOf } from "../source.ts";
import { isSubscriptionType } from "../subscription-states.ts";
import { isInterested } from "./rfc6121-roster.ts";
import { refuseBlocked, refuseByBlocker } from "./xep-0191-blocking.ts";
import { copyRelayed } from "./xep-0280-carbons.ts";

export const relayed: Feature = {
  spec: { id: "RFC 6121 §8", title: "Server rules for processing XML stanzas", status: "complete" },
  deliver: { relay: deliver },
};

/** §8.5.3: an IQ to somebody's client. Answers go the same way. */
export function iqToResource(session: XmppSession, stanza: Element, to: Jid): void {
  const { type, id } = stanza.attrs as { readonly type: string; readonly id: string };
  if (type === "get" || type === "set") refuseBlocked(session, userOfJid(to));
  const told = relay(session, userOfJid(to), deviceOf(to.resource), { kind: "iq", type, id }, innerOf(stanza));
  if (!told && (type === "get" || type === "set")) throw new StanzaError("service-unavailable", "no such resource"); // §8.5.3.2.3
}

/**
 * §8.5.2.1.3: an IQ to another's account, which is answered in its name. §8.5.1: whatever is refused there, "if the user account
 * does not exist … the server MUST return a <service-unavailable/> stanza error to the sender".
 */
export async function iqToAccount(
  session: XmppSession,
  account: UserId,
  answer: () => void | Promise<void>,
): Promise<void> {
  // XEP-0191 §3.4: it is answered in the account's name, and is to it like any other stanza.
  refuseBlocked(session, account);
  await refuseByBlocker(session, account);
  try {
    await answer();
  } catch (error) {
    if (await session.server.core.accounts.exists(account)) throw error;
    throw new StanzaError("service-unavailable", "no such account");
  }
}

function deliver(session: XmppSession, { event }: Delivery): void {
  const signal = event as RelaySignal;
  const { relayed: what, inner } = readRelay(signal.payload);
  if (what.kind === "message" && what.copy !== undefined) return copyRelayed(session, signal, what, inner);
  if (!isFor(session, what)) return;
  const from = addressOf(signal, what);
  const to = "bare" in what && what.bare ? session.user : session.jid;
  const type = what.type === undefined ? "" : attribute("type", what.type);
  const lang = what.kind === "iq" ? "" : attribute("xml:lang", what.lang);
  const head = `<${what.kind} xmlns="${ns.client}"${attribute("from", from)}${attribute("to", to)}${type}${attribute("id", what.id)}${lang}`;
  session.send(inner === "" ? `${head}/>` : `${head}>${inner}</${what.kind}>`);
}

/** Subscriptions are between accounts (§3.1.1); everything else comes from a client. */
function addressOf({ from, fromDevice }: RelaySignal, what: Relayed): string {
  if (what.from !== undefined) return what.from;
  if (what.kind === "presence") return isSubscriptionType(what.type) ? from : fullJid(from, fromDevice);
  return fullJid(from, fromDevice);
}

/** §8.5.2.1: what is for the account is for those of its resources that want it. */
function isFor(session: XmppSession, what: Relayed): boolean {
  if (what.kind === "message") return what.bare !== true || listens(session);
  if (what.kind === "iq" || what.bare !== true || availabilityOf(session).available) return true;
  // §3.1.6, §3.2.3, §3.3.3: what has come of a subscription is for interested resources, too.
  return what.type !== "subscribe" && isSubscriptionType(what.type) && isInterested(session);
}
