// Presence between people here and addresses of a component (RFC 6121 §3, §4): subscriptions, and who is there.
import type { PresenceSignal, UserId } from "#core";
import { addressOf, fullJid, type Jid, userOfJid } from "./addressing.ts";
import { noteDirected } from "./availability.ts";
import type { Porter } from "./components.ts";
import { stanzaFor, stanzaOf } from "./component-xml.ts";
import type { Element } from "./element.ts";
import { StanzaError } from "./faults.ts";
import { innerOfUpdate } from "./presence-parts.ts";
import { inTurnOf } from "./subscription-turns.ts";
import { attribute } from "./print.ts";
import type { Relayed } from "./relay.ts";
import { blankContact } from "./roster-item.ts";
import type { XmppServer } from "./server.ts";
import type { XmppSession } from "./session.ts";
import { innerOf } from "./source.ts";
import { hears, isSubscriptionType, seenByContact, sends, type SubscriptionType } from "./subscription-states.ts";

export interface Addressed {
  readonly stanza: Element;
  readonly from: Jid;
  readonly to: Jid;
}

/** From the component to an account. */
export async function guestPresence(server: XmppServer, porter: Porter, addressed: Addressed): Promise<void> {
  const { stanza, from, to } = addressed;
  const { type } = stanza.attrs;
  const [user, guest] = [userOfJid(to), addressOf(from)];
  if (await server.core.blocks.blocks(user, guest)) return; // XEP-0191 §3.4: no word
  if (isSubscriptionType(type)) return inTurnOf(server, user, guest, () => heard(server, porter, addressed, type));
  if (type === "probe") return probed(server, porter, addressed);
  if (type !== undefined && type !== "unavailable" && type !== "error")
    throw new StanzaError("bad-request", "no such type of presence");
  tell(porter, to, { kind: "presence", type, from: stanza.attrs["from"]! }, innerOf(stanza));
}

/** Appendix A.3: what it makes of the account's view of the guest. */
async function heard(
  server: XmppServer,
  porter: Porter,
  { stanza, from, to }: Addressed,
  type: SubscriptionType,
): Promise<void> {
  const { contacts, accounts } = server.core;
  const [user, guest] = [userOfJid(to), addressOf(from)];
  if (!(await accounts.exists(user))) return; // §8.5.1: nobody learns of it
  const line = (await contacts.get(user, guest)) ?? blankContact(user, guest);
  const { contact, deliver, reply } = hears(type, line);
  if (contact !== line) await contacts.put(contact, porter.session);
  const told = { kind: "presence", type, id: stanza.attrs["id"], from: guest, bare: true } as const;
  if (deliver) tell(porter, { ...to, resource: "" }, told, innerOf(stanza));
  if (reply !== undefined) porter.send(stanzaOf("presence", `${between(user, guest)} type="${reply}"`, ""));
  if (reply === "subscribed") showAll(server, porter, user, guest);
}

/** §4.3.2: what a subscriber may know; others learn that they are none. */
async function probed(server: XmppServer, porter: Porter, { stanza, from, to }: Addressed): Promise<void> {
  const [user, guest] = [userOfJid(to), addressOf(from)];
  if (await server.core.presence.maySee(guest, user)) return showAll(server, porter, user, stanza.attrs["from"]!);
  porter.send(stanzaOf("presence", `${between(user, guest)} type="unsubscribed"`, ""));
}

function showAll(server: XmppServer, porter: Porter, user: UserId, to: string): void {
  for (const signal of server.core.presence.of(user)) porter.send(presenceOf(signal, to));
}

function presenceOf(signal: PresenceSignal, to: string): string {
  const type = signal.available ? "" : ' type="unavailable"';
  const from = fullJid(signal.user, signal.device);
  return stanzaOf("presence", between(from, to) + type, innerOfUpdate(signal));
}

function tell(porter: Porter, to: Jid, relayed: Extract<Relayed, { kind: "presence" }>, inner: string): void {
  porter.relay(to, to.resource === "" ? { ...relayed, bare: true } : relayed, inner);
}

function between(from: string, to: string): string {
  return `${attribute("from", from)}${attribute("to", to)}`;
}

/** From a client to an address of the component. */
export async function presenceToGuest(
  session: XmppSession,
  porter: Porter,
  { stanza, to }: Omit<Addressed, "from">,
): Promise<void> {
  const { type } = stanza.attrs;
  if (isSubscriptionType(type)) return subscribes(session, porter, { stanza, to }, type);
  const written = stanza.attrs["to"]!;
  noteDirected(session, written, addressOf(to), type);
  porter.send(stanzaFor(stanza, session.jid, written));
}

/** Appendix A.2; the stanza comes from the account (§3.1.2). */
async function subscribes(
  session: XmppSession,
  porter: Porter,
  { stanza, to }: Omit<Addressed, "from">,
  type: SubscriptionType,
): Promise<void> {
  const { server, user } = session;
  const guest = addressOf(to);
  const told = await inTurnOf(server, user, guest, () => changeSubscription(session, porter, guest, type, stanza));
  if (!told && type === "subscribe") throw new StanzaError("remote-server-timeout", "the component is not connected");
}

/** The same within a turn: false when the component does not hear of it. */
export async function changeSubscription(
  session: XmppSession,
  porter: Porter,
  guest: UserId,
  type: SubscriptionType,
  stanza?: Element,
): Promise<boolean> {
  const { server, user } = session;
  const { contacts, presence } = server.core;
  const mine = (await contacts.get(user, guest)) ?? blankContact(user, guest);
  const sent = sends(type, mine);
  if (sent.contact !== mine) await contacts.put(sent.contact, session.core);
  if (!sent.route) return true;
  // §3.2.2: whoever may not see any more sees everybody go.
  if (type === "unsubscribed" && seenByContact(mine)) {
    for (const signal of presence.of(user)) porter.send(presenceOf({ ...signal, memo: [], available: false }, guest));
  }
  const about = `${between(user, guest)} type="${type}"${attribute("id", stanza?.attrs["id"])}`;
  const told = porter.send(stanzaOf("presence", about, stanza === undefined ? "" : innerOf(stanza)));
  if (type === "subscribed") showAll(server, porter, user, guest); // §3.1.5
  return told;
}
