// RFC 6121 §2: the contact list, and pushes of what changes in it.
import type { Contact, ContactChange, ContactSignal, Delivery } from "#core";
import { userOfJid } from "../addressing.ts";
import { availabilityOf } from "../availability.ts";
import { frontendName } from "../deliver.ts";
import { childrenOf } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { blankContact, isListed, itemOf, readEdit, removedItem } from "../roster-item.ts";
import type { XmppSession } from "../session.ts";
import { slot } from "../slot.ts";
import { seenByContact, seesContact } from "../subscription-states.ts";
import { stopSeeing } from "./rfc6121-presence.ts";
import { greet, part } from "./xep-0163-pep.ts";
import { inTurn } from "../subscription-turns.ts";
import { applySubscription } from "./rfc6121-subscriptions.ts";

/** A resource that asked for the roster hears of its changes (§2.1.6). */
const interest = slot(() => ({ asked: false, pushes: 0 }));

/** Whether the client asked for its roster. */
export function isInterested(session: XmppSession): boolean {
  return interest(session).asked;
}

const mostContacts = 2000;

export const roster: Feature = {
  spec: {
    id: "RFC 6121 §2",
    title: "Managing the roster",
    status: "complete",
  },
  disco: [ns.roster],
  // §2.6: versions; XEP-0237 was their first form.
  offer: (stream) => (stream.phase !== "fresh" ? `<ver xmlns="${ns.rosterVersion}"/>` : undefined),
  deliver: { contact: deliver },
  iq: [
    { type: "get", name: "query", xmlns: ns.roster, to: ["own"], answer: get },
    { type: "set", name: "query", xmlns: ns.roster, to: ["own"], answer: set },
    { type: "get", name: "query", xmlns: ns.roster, to: ["account"], answer: refuse },
    { type: "set", name: "query", xmlns: ns.roster, to: ["account"], answer: refuse },
  ],
};

/** §2.1.5: nobody else's; §8.5.1: nobody's at all. */
async function refuse(session: XmppSession, { to }: IqRequest): Promise<never> {
  const there = await session.server.core.accounts.exists(userOfJid(to!));
  throw new StanzaError(there ? "forbidden" : "service-unavailable", "another's roster");
}

async function get(session: XmppSession, { payload }: IqRequest): Promise<string | undefined> {
  // §2.1.3: the query of a roster get MUST NOT contain any item.
  if (childrenOf(payload).length > 0) throw new StanzaError("bad-request", "an item in a roster get");
  interest(session).asked = true;
  const { ver } = payload.attrs;
  const since = ver !== undefined && /^\d{1,15}$/.test(ver) ? Number(ver) : undefined;
  const { version, whole, changed } = await session.server.core.contacts.changes(session.user, since);
  const listed = changed.flatMap(({ line }) => (line !== undefined && isListed(line) ? [line] : []));
  if (whole)
    return `<query xmlns="${ns.roster}"${ver === undefined ? "" : ` ver="${version}"`}>${listed.map(itemOf).join("")}</query>`;
  // §2.6.3: an empty result, and then what changed, each in a push of its own.
  setImmediate(() => changed.forEach((change) => push(session, change)));
  return undefined;
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
    await contacts.put(contact, session.core);
  });
  return undefined;
}

/** §2.5: with the item go the subscriptions, both ways. */
async function remove(session: XmppSession, known: Contact | undefined): Promise<void> {
  if (known === undefined || !isListed(known)) throw new StanzaError("item-not-found", "no such contact");
  const { contacts } = session.server.core;
  if (seesContact(known) || known.ask) await applySubscription(session, known.contact, "unsubscribe");
  if (seenByContact(known) || known.pendingIn) await applySubscription(session, known.contact, "unsubscribed");
  await contacts.remove(session.user, known.contact, session.core);
}

/** A line of the list changed, by whomever and in whatever protocol. */
function deliver(session: XmppSession, { event }: Delivery): void {
  const signal = event as ContactSignal;
  const { contact, line, byDevice } = signal;
  push(session, signal);
  if (!availabilityOf(session).available) return;
  if (line !== undefined && seesContact(line)) {
    session.server.core.presence.watch(session.core, contact);
    greet(session, contact);
  } else {
    stopSeeing(session, contact);
    part(session, contact);
  }
  // A request by one who speaks another protocol comes without a stanza (§3.1.3).
  const foreign = byDevice !== undefined && !byDevice.startsWith(`${frontendName}:`);
  if (foreign && line?.pendingIn === true)
    session.send(
      `<presence xmlns="${ns.client}"${attribute("from", contact)}${attribute("to", session.user)} type="subscribe"/>`,
    );
}

/** §2.1.6: the push itself; the client's answer is its own affair. Who stands at the door is on no list (§3.1.3). */
function push(session: XmppSession, { contact, line, version }: ContactChange): void {
  const state = interest(session);
  if (!state.asked || (line !== undefined && !isListed(line))) return;
  const item = line === undefined ? removedItem(contact) : itemOf(line);
  session.send(
    `<iq xmlns="${ns.client}" type="set" id="push-${++state.pushes}"${attribute("to", session.jid)}><query xmlns="${ns.roster}" ver="${version}">${item}</query></iq>`,
  );
}
