// What else stood in a subscription request: RFC 6121 §3.1.3 has it kept whole until the contact has answered.
import type { UserId } from "#core";
import type { XmppServer } from "./server.ts";
import { serverSlot } from "./server-slot.ts";
import { Turns } from "./turns.ts";

const datum = "xmpp/requests";
/** Anybody may ask anybody: beyond this a request is kept without its content, and the oldest content goes first. */
const mostRequests = 50;
const longestContent = 2048;

type Requests = Readonly<Record<UserId, string>>;

const turnsOf = serverSlot(() => new Turns());

/** By who asks; those without content are not among them. */
export async function requestsTo(server: XmppServer, contact: UserId): Promise<Requests> {
  const kept = await server.core.accountData.get(contact, datum);
  return kept === undefined ? {} : (JSON.parse(kept) as Requests);
}

/** `content` empty: forget it. */
export function keepRequest(server: XmppServer, contact: UserId, from: UserId, content: string): Promise<void> {
  return turnsOf(server).take(contact, async () => {
    const { [from]: before, ...others } = await requestsTo(server, contact);
    const now = content.length > longestContent ? "" : content;
    if ((before ?? "") === now) return;
    const entries = Object.entries(others).slice(now === "" ? 0 : 1 - mostRequests);
    if (now !== "") entries.push([from, now]);
    await server.core.accountData.put(contact, datum, JSON.stringify(Object.fromEntries(entries)));
  });
}
