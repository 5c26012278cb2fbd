// Whether a session takes messages and presence: what its client said with <presence/> (RFC 6121 §4).
import { ownText, type UserId } from "#core";
import { slot } from "./slot.ts";
import type { XmppSession } from "./session.ts";

/** Addresses that one session may send directed presence to, and be remembered for. */
const mostDirected = 256;

export interface Availability {
  available: boolean;
  priority: number;
  /** The log is open from the cursor on; otherwise only what comes now, and is sent to this very resource. */
  inbox: boolean;
  /** When the client began to take messages: what is older comes late. */
  since: number;
  /** Accounts that got directed presence (§4.6), and their JIDs as addressed. */
  directed: Map<string, UserId> | undefined;
  /** Messages that were sent to this resource while it took none for its account: they come again with the log. */
  early: Set<string> | undefined;
}

export const availabilityOf = slot<Availability>(() => ({
  available: false,
  priority: 0,
  inbox: false,
  since: 0,
  directed: undefined,
  early: undefined,
}));

/** Whether messages to the account are for this session (RFC 6121 §8.5.2.1.1): available, priority not negative. */
export function listens(session: XmppSession): boolean {
  const { available, priority } = availabilityOf(session);
  return available && priority >= 0;
}

/** Directed presence went out (RFC 6121 §4.6), to an address as it was written. */
export function noteDirected(session: XmppSession, written: string, user: UserId, type: string | undefined): void {
  const state = availabilityOf(session);
  if (type === "unavailable") state.directed?.delete(written);
  else if (type === undefined && (state.directed?.size ?? 0) < mostDirected)
    (state.directed ??= new Map()).set(ownText(written), user);
}
