// RFC 6121 §3: asking to see a contact's presence, and answering who asks. Both accounts are on this server.
import { type Contact, hostOf, type UserId } from "#core";
import { changeSubscription } from "../component-presence.ts";
import type { Element } from "../element.ts";
import type { Feature } from "../feature.ts";
import { relay } from "../relay.ts";
import { invitationOf, redeem } from "../invitations.ts";
import { ns } from "../namespaces.ts";
import { blankContact, isBare, isListed } from "../roster-item.ts";
import type { XmppSession } from "../session.ts";
import { innerOf } from "../source.ts";
import { hears, sends, type SubscriptionType } from "../subscription-states.ts";
import { keepRequest } from "../subscription-requests.ts";
import { inTurn } from "../subscription-turns.ts";

export const subscriptions: Feature = {
  spec: {
    id: "RFC 6121 §3",
    title: "Presence subscriptions",
    status: "complete",
  },
  // §3.4: pre-approval.
  offer: (stream) => (stream.phase !== "fresh" ? `<sub xmlns="${ns.preApproval}"/>` : undefined),
};

/** The client sent such a stanza. */
export function subscription(
  session: XmppSession,
  stanza: Element,
  contact: UserId,
  type: SubscriptionType,
): Promise<void> | undefined {
  if (contact === session.user) return undefined; // oneself one sees anyway
  return inTurn(session, contact, async () => {
    if (type === "subscribe") await preapprove(session, contact, stanza);
    await applySubscription(session, contact, type, stanza);
  });
}

/** XEP-0379 §3.4: who asks with a token of the contact's is accepted. */
async function preapprove(session: XmppSession, contact: UserId, stanza: Element): Promise<void> {
  const token = stanza.getChild("preauth", ns.preauth)?.attrs["token"];
  const { server, user } = session;
  const invitation = token === undefined ? undefined : await invitationOf(server, token);
  if (invitation?.by !== contact || !invitation.contacts) return;
  const { contacts } = server.core;
  await redeem(server, invitation, async () => {
    const theirs = (await contacts.get(contact, user)) ?? blankContact(contact, user);
    await contacts.put({ ...theirs, approved: true }, session.core);
  });
}

/** The same within a turn. */
export async function applySubscription(
  session: XmppSession,
  contact: UserId,
  type: SubscriptionType,
  stanza?: Element,
): Promise<void> {
  const { server, user } = session;
  const { contacts, accounts, blocks } = server.core;
  const component = server.components.at(hostOf(contact));
  if (component !== undefined) {
    await changeSubscription(session, component, contact, type, stanza);
    return;
  }
  const mine = (await contacts.get(user, contact)) ?? blankContact(user, contact);
  const sent = sends(type, mine);
  // §8.5.1: to an account that is none, nothing happens that could tell so; the request waits for ever.
  if (sent.contact !== mine) await keep(session, mine, sent.contact);
  if (mine.pendingIn && !sent.contact.pendingIn) await keepRequest(server, user, contact, "");
  if (!sent.route || !(await accounts.exists(contact))) return;
  // XEP-0191 §3.4: who is blocked asks in vain, and may go.
  if ((type === "subscribe" || type === "subscribed") && (await blocks.blocks(contact, user))) return;
  const theirs = (await contacts.get(contact, user)) ?? blankContact(contact, user);
  const heard = hears(type, theirs);
  const words = stanza === undefined ? "" : innerOf(stanza);
  const told = {
    kind: "presence",
    type,
    id: stanza?.attrs["id"],
    lang: stanza?.attrs["xml:lang"],
    bare: true,
  } as const;
  const tell = (): void => {
    if (heard.deliver) relay(session, contact, undefined, told, words);
  };
  if (type === "subscribe") {
    // Known before it is heard: the answer may come at once.
    if (heard.contact.pendingIn) await keepRequest(server, contact, user, words);
  } else tell(); // §3.1.6: before the roster push, and before the presence that the approval brings
  if (heard.contact !== theirs) await keep(session, theirs, heard.contact);
  if (theirs.pendingIn && !heard.contact.pendingIn) await keepRequest(server, contact, user, "");
  if (type === "subscribe") tell();
  if (heard.reply !== undefined) await autoReply(session, contact, heard.reply, sent.contact);
}

/**
 * §3.1.3: who only stood at the door "MUST NOT" be in the roster, and being turned away, or going, does not put him there. Anybody
 * may ask anybody: the list is not for strangers to fill.
 */
async function keep({ server, core }: XmppSession, before: Contact, after: Contact): Promise<void> {
  const { contacts } = server.core;
  const stranger = before.pendingIn && !isListed(before) && !after.pendingIn;
  if (!stranger || !isBare(after)) return contacts.put(after, core);
  await contacts.remove(after.owner, after.contact, core);
}

/** §3.1.3, §3.4.2: the contact's server answers in its name, and the user hears it as from the contact. */
async function autoReply(session: XmppSession, contact: UserId, type: SubscriptionType, mine: Contact): Promise<void> {
  const answered = hears(type, mine);
  if (answered.deliver)
    relay(session, session.user, undefined, { kind: "presence", type, from: contact, bare: true }, "");
  if (answered.contact !== mine) await session.server.core.contacts.put(answered.contact, session.core);
}
