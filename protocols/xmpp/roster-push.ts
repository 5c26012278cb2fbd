// What every session of an account is told when a line of its contact list changes, wherever it is connected.
import type { Contact, UserId } from "#core";
import { relay } from "./relay.ts";
import { isListed, itemOf, removedItem } from "./roster-item.ts";
import type { XmppSession } from "./session.ts";
import { seesContact } from "./subscription-states.ts";

/** What became of the contact. */
export function pushItem(session: XmppSession, owner: UserId, contact: Contact): void {
  if (!isListed(contact)) return;
  push(session, owner, { contact: contact.contact, sees: seesContact(contact) }, itemOf(contact));
}

export function pushRemoved(session: XmppSession, owner: UserId, contact: UserId): void {
  push(session, owner, { contact, sees: false }, removedItem(contact));
}

function push(
  session: XmppSession,
  owner: UserId,
  change: { readonly contact: UserId; readonly sees: boolean },
  item: string,
): void {
  relay(session, owner, undefined, { kind: "roster", ...change }, item);
}
