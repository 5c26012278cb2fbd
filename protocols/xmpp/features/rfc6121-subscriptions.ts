// RFC 6121 §3: asking to see a contact's presence, and answering who asks. Both accounts are on this server.
import { hostOf, type UserId } from "#core";
import { changeSubscription } from "../component-presence.ts";
import type { Element } from "../element.ts";
import type { Feature } from "../feature.ts";
import { relay } from "../relay.ts";
import { invitationOf, redeem } from "../invitations.ts";
import { ns } from "../namespaces.ts";
import { blankContact } from "../roster-item.ts";
import type { XmppSession } from "../session.ts";
import { innerOf } from "../source.ts";
import { hears, sends, type SubscriptionType } from "../subscription-states.ts";
import { inTurn } from "../subscription-turns.ts";

export const subscriptions: Feature = {
  spec: {
    id: "RFC 6121 §3",
    title: "Presence subscriptions",
    status: "complete",
  },
  // §3.4: pre-approval.
  offer: (stream) => (stream.phase === "authenticated" ? `<sub xmlns="${ns.preApproval}"/>` : undefined),
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
  const { contacts, accounts, blocks } = session.server.core;
  const { user } = session;
  const component = session.server.components.at(hostOf(contact));
  if (component !== undefined) {
    await changeSubscription(session, component, contact, type, stanza);
    return;
  }
  const mine = (await contacts.get(user, contact)) ?? blankContact(user, contact);
  const sent = sends(type, mine);
  // §8.5.1: to an account that is none, nothing happens that could tell so; the request waits for ever.
  if (sent.contact !== mine) {
    await contacts.put(sent.contact, session.core);
  }
  if (!sent.route || !(await accounts.exists(contact))) return;
  // XEP-0191 §3.4: who is blocked asks in vain, and may go.
  if ((type === "subscribe" || type === "subscribed") && (await blocks.blocks(contact, user))) return;
  const theirs = (await contacts.get(contact, user)) ?? blankContact(contact, user);
  const heard = hears(type, theirs);
  if (heard.contact !== theirs) {
    await contacts.put(heard.contact, session.core);
  }
  const told = { kind: "presence", type, id: stanza?.attrs["id"], bare: true } as const;
  if (heard.deliver) relay(session, contact, undefined, told, stanza === undefined ? "" : innerOf(stanza));
  if (heard.reply === undefined) return;
  const answered = hears(heard.reply, sent.contact);
  if (answered.contact === sent.contact) return;
  await contacts.put(answered.contact, session.core);
}
