// A line of a contact list as XML, and what a client may write into one (RFC 6121 §2.1).
import type { Contact, UserId } from "#core";
import { parseJid } from "./addressing.ts";
import type { Element } from "./element.ts";
import { StanzaError } from "./faults.ts";
import { ns } from "./namespaces.ts";
import { attribute, escapeText } from "./print.ts";

const longestName = 1023;
const mostGroups = 32;

export function blankContact(owner: UserId, contact: UserId): Contact {
  return { owner, contact, groups: [], subscription: "none", ask: false, pendingIn: false };
}

/** Whether the contact is in the roster, and not only at the door (§3.1.3: a pending request shows no item). */
export function isListed(contact: Contact): boolean {
  return !(isBare(contact) && contact.pendingIn);
}

/** Whether nothing is said of the contact, and nothing is between the two but a request perhaps. */
export function isBare({ subscription, ask, approved, name, groups }: Contact): boolean {
  return subscription === "none" && !ask && approved !== true && name === undefined && groups.length === 0;
}

export function itemOf(contact: Contact): string {
  const attributes =
    `${attribute("jid", contact.contact)}${attribute("name", contact.name)}` +
    ` subscription="${contact.subscription}"${contact.ask ? ' ask="subscribe"' : ""}${contact.approved === true ? ' approved="true"' : ""}`;
  if (contact.groups.length === 0) return `<item${attributes}/>`;
  const groups = contact.groups.map((group) => `<group>${escapeText(group)}</group>`).join("");
  return `<item${attributes}>${groups}</item>`;
}

export function removedItem(contact: UserId): string {
  return `<item${attribute("jid", contact)} subscription="remove"/>`;
}

export interface RosterEdit {
  readonly contact: UserId;
  readonly remove: boolean;
  readonly name: string | undefined;
  readonly groups: readonly string[];
}

/** §2.3: the one item of a roster set. */
export function readEdit(query: Element): RosterEdit {
  const items = query.getChildren("item", ns.roster);
  const [item] = items;
  if (items.length !== 1 || item === undefined) throw new StanzaError("bad-request", "one item a set"); // §2.3.3
  const jid = parseJid(item.attrs["jid"] ?? "");
  if (jid === undefined || jid.resource !== "") throw new StanzaError("bad-request", "an item's JID is a bare one");
  const name = item.attrs["name"];
  const groups = item.getChildren("group", ns.roster).map((group) => group.getText());
  if (new Set(groups).size < groups.length) throw new StanzaError("bad-request", "a group twice");
  const tooLong = groups.some((group) => group === "" || group.length > longestName) || groups.length > mostGroups;
  if (tooLong || (name?.length ?? 0) > longestName)
    throw new StanzaError("not-acceptable", "a group or name too long, or none");
  return {
    contact: jid.bare as UserId,
    remove: item.attrs["subscription"] === "remove",
    name: name === "" ? undefined : name,
    groups,
  };
}
