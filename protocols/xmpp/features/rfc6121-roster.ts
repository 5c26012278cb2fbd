// RFC 6121 §2: the contact list, and pushes of what changes in it.
import type { Contact } from "#core";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { blankContact, isListed, itemOf, readEdit } from "../roster-item.ts";
import { pushItem, pushRemoved } from "../roster-push.ts";
import type { XmppSession } from "../session.ts";
import { slot } from "../slot.ts";
import { seenByContact, seesContact } from "../subscription-states.ts";
import { applySubscription, inTurn } from "./rfc6121-subscriptions.ts";

/** A resource that asked for the roster hears of its changes (§2.1.6). */
const interest = slot(() => ({ asked: false, pushes: 0 }));

const mostContacts = 2000;

export const roster: Feature = {
  spec: {
    id: "RFC 6121 §2",
    title: "Managing the roster",
    status: "complete",
    note: "without versioning (§2.6), which is optional",
  },
  iq: [
    { type: "get", name: "query", xmlns: ns.roster, to: ["own"], answer: get },
    { type: "set", name: "query", xmlns: ns.roster, to: ["own"], answer: set },
    { type: "get", name: "query", xmlns: ns.roster, to: ["account"], answer: refuse },
    { type: "set", name: "query", xmlns: ns.roster, to: ["account"], answer: refuse },
  ],
};

/** §2.1.5: nobody else's. */
function refuse(): never {
  throw new StanzaError("forbidden", "another's roster");
}

async function get(session: XmppSession): Promise<string> {
  interest(session).asked = true;
  const contacts = await session.server.core.contacts.list(session.user);
  return `<query xmlns="${ns.roster}">${contacts.filter(isListed).map(itemOf).join("")}</query>`;
}

async function set(session: XmppSession, { payload }: IqRequest): Promise<undefined> {
  const edit = readEdit(payload);
  const { contacts } = session.server.core;
  await inTurn(session, edit.contact, async () => {
    const known = await contacts.get(session.user, edit.contact);
    if (edit.remove) return remove(session, known);
    if (known === undefined && (await contacts.list(session.user)).length >= mostContacts) {
      throw new StanzaError("resource-constraint", "the roster is full");
    }
    const contact = { ...(known ?? blankContact(session.user, edit.contact)), name: edit.name, groups: edit.groups };
    await contacts.put(contact);
    pushItem(session, session.user, contact);
  });
  return undefined;
}

/** §2.5: with the item go the subscriptions, both ways. */
async function remove(session: XmppSession, known: Contact | undefined): Promise<void> {
  if (known === undefined || !isListed(known)) throw new StanzaError("item-not-found", "no such contact");
  const { contacts } = session.server.core;
  if (seesContact(known) || known.ask) await applySubscription(session, known.contact, "unsubscribe");
  if (seenByContact(known) || known.pendingIn) await applySubscription(session, known.contact, "unsubscribed");
  await contacts.remove(session.user, known.contact);
  pushRemoved(session, session.user, known.contact);
}

/** §2.1.6: the push itself; the client's answer is its own affair. */
export function sendPush(session: XmppSession, item: string): void {
  const state = interest(session);
  if (!state.asked) return;
  session.send(
    `<iq xmlns="${ns.client}" type="set" id="push-${++state.pushes}"${attribute("to", session.jid)}><query xmlns="${ns.roster}">${item}</query></iq>`,
  );
}
