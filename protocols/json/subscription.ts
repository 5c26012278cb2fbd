// Contact subscriptions (RFC 6121 §3): who may see whose availability, as changes to the two sides of a pair.
import type { Contact, UserId } from "#core";

/** A pair of lines: mine about them, theirs about me. */
export interface Pair {
  readonly mine: Contact;
  readonly theirs: Contact;
}

export function stranger(owner: UserId, contact: UserId): Contact {
  return { owner, contact, groups: [], subscription: "none", ask: false, pendingIn: false };
}

/** I want to see them (§3.1.2). */
export function asked({ mine, theirs }: Pair): Pair {
  if (sees(mine)) return { mine, theirs };
  return { mine: { ...mine, ask: true }, theirs: { ...theirs, pendingIn: true } };
}

/** They may see me (§3.1.5). */
export function accepted({ mine, theirs }: Pair): Pair {
  return {
    mine: { ...mine, pendingIn: false, subscription: sees(mine) ? "both" : "from" },
    theirs: { ...theirs, ask: false, subscription: isSeen(theirs) ? "both" : "to" },
  };
}

/** Nobody of the two sees the other any more (§3.2, §3.3). */
export function parted({ mine, theirs }: Pair): Pair {
  const apart = { subscription: "none", ask: false, pendingIn: false } as const;
  return { mine: { ...mine, ...apart }, theirs: { ...theirs, ...apart } };
}

/** The owner sees the contact. */
export function sees({ subscription }: Contact): boolean {
  return subscription === "to" || subscription === "both";
}

function isSeen({ subscription }: Contact): boolean {
  return subscription === "from" || subscription === "both";
}
