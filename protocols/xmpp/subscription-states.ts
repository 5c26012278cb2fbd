// RFC 6121 appendix A: what each subscription stanza does to either side's view of the other.
import type { Contact } from "#core";

export type SubscriptionType = "subscribe" | "subscribed" | "unsubscribe" | "unsubscribed";

export function isSubscriptionType(type: string | undefined): type is SubscriptionType {
  return type === "subscribe" || type === "subscribed" || type === "unsubscribe" || type === "unsubscribed";
}

export interface Outbound {
  readonly contact: Contact;
  /** Whether the stanza goes on to the contact. */
  readonly route: boolean;
}

export interface Inbound {
  readonly contact: Contact;
  /** Whether the owner's clients see the stanza. */
  readonly deliver: boolean;
  /** What is answered in the owner's name. */
  readonly reply?: SubscriptionType;
}

/** Appendix A.2: the owner sends. */
export function sends(type: SubscriptionType, contact: Contact): Outbound {
  const sees = seesContact(contact);
  const seen = seenByContact(contact);
  switch (type) {
    case "subscribe":
      return { contact: sees ? contact : { ...contact, ask: true }, route: true };
    case "unsubscribe":
      return { contact: { ...withSight(contact, false, seen), ask: false }, route: true };
    case "subscribed":
      // §3.4.1: who may see us as soon as it asks.
      if (!contact.pendingIn) return { contact: seen ? contact : { ...contact, approved: true }, route: false };
      return { contact: { ...withSight(contact, sees, true), pendingIn: false }, route: true };
    case "unsubscribed":
      return {
        contact: { ...withSight(contact, sees, false), pendingIn: false, approved: undefined }, // §3.4.1
        route: seen || contact.pendingIn,
      };
  }
}

/** Appendix A.3: the owner is sent to. */
export function hears(type: SubscriptionType, contact: Contact): Inbound {
  const sees = seesContact(contact);
  const seen = seenByContact(contact);
  switch (type) {
    case "subscribe":
      if (seen) return { contact, deliver: false, reply: "subscribed" }; // §3.1.3
      // §3.4.2
      if (contact.approved === true)
        return { contact: withSight(contact, sees, true), deliver: false, reply: "subscribed" };
      return { contact: { ...contact, pendingIn: true }, deliver: !contact.pendingIn };
    case "unsubscribe":
      return { contact: { ...withSight(contact, sees, false), pendingIn: false }, deliver: seen || contact.pendingIn };
    case "subscribed":
      if (!contact.ask) return { contact, deliver: false };
      return { contact: { ...withSight(contact, true, seen), ask: false }, deliver: true };
    case "unsubscribed":
      return { contact: { ...withSight(contact, false, seen), ask: false }, deliver: sees || contact.ask };
  }
}

export function seesContact({ subscription }: Pick<Contact, "subscription">): boolean {
  return subscription === "to" || subscription === "both";
}

export function seenByContact({ subscription }: Contact): boolean {
  return subscription === "from" || subscription === "both";
}

function withSight(contact: Contact, sees: boolean, seen: boolean): Contact {
  const subscription = sees ? (seen ? "both" : "to") : seen ? "from" : "none";
  return { ...contact, subscription };
}
