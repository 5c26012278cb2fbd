// People of other hosts: a session that is attached under the bare name of a host speaks for all addresses there, and
// hears what is written to them. What goes to them is live and at most once, as to any other server. Under the name of our
// own host it hears of every direct message instead: so that somebody may be told who is not here.
import type { Presence } from "../core.ts";
import type { Delivery, Envelope } from "../model/event.ts";
import { hostOf, membersOfDirect, type UserId } from "../model/ids.ts";
import { announcedAt, userKey } from "../sessions/interests.ts";
import type { Registry } from "../sessions/registry.ts";

export interface GuestParts {
  /** Whose addresses are accounts. */
  readonly host: string;
  readonly registry: Pick<Registry, "of">;
  readonly presence: Pick<Presence, "of">;
}

export class Guests {
  readonly #parts: GuestParts;
  readonly #suffix: string;

  constructor(parts: GuestParts) {
    this.#parts = parts;
    this.#suffix = `@${parts.host}`;
  }

  /** Whether the address is one of a host that somebody speaks for now, on whichever node. */
  has(user: UserId): boolean {
    return !user.endsWith(this.#suffix) && this.#parts.presence.of(hostOf(user) as UserId).length > 0;
  }

  /** Where nodes hear what is for the account or guest. */
  keyOf(user: UserId): string {
    return userKey(user.endsWith(this.#suffix) ? user : hostOf(user));
  }

  /** Where they hear of the conversation's entries. */
  readonly keysOf = announcedAt((user) => this.keyOf(user));

  /** An entry of a direct conversation, to sessions under our own host's name. */
  overhear(envelope: Envelope, storedHere: boolean): void {
    const sessions = this.#parts.registry.of(this.#parts.host as UserId);
    if (sessions.length === 0 || !envelope.conversation.startsWith("dm:")) return;
    for (const session of sessions)
      session.offerUnless(1, { event: envelope, late: false, redelivered: false, elsewhere: !storedHere });
  }

  /** An entry of a direct conversation, to whom speaks for a member of it here. */
  hear(envelope: Envelope): void {
    for (const member of membersOfDirect(envelope.conversation) ?? []) {
      if (member.endsWith(this.#suffix) || member === envelope.author) continue;
      const news: Delivery = { event: envelope, late: false, redelivered: false };
      for (const session of this.#parts.registry.of(hostOf(member) as UserId)) session.offerUnless(1, news);
    }
  }
}
