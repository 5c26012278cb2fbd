// XEP-0160: what came while the client was away comes from the log once it takes messages.
import { availabilityOf } from "../availability.ts";
import type { Feature } from "../feature.ts";
import type { XmppSession } from "../session.ts";

export const offlineMessages: Feature = {
  spec: { id: "XEP-0160", title: "Best Practices for Handling Offline Messages", version: "1.0.1", status: "complete" },
  disco: ["msgoffline"],
  // Before initial presence a resource hears of what it sent, and what is sent to it by its full JID.
  begun: (session) => void waitForInbox(session),
};

/** Messages to the account are for this resource: what it has missed, and what comes. */
export async function openInbox(session: XmppSession): Promise<void> {
  const state = availabilityOf(session);
  if (state.inbox || !session.core.attached) return;
  const { conversations } = session.server.core;
  // What waits is judged by the old rule: it stands in the log, and comes again from there.
  session.out.clear();
  state.inbox = true;
  conversations.shutInbox(session.core);
  await conversations.openInbox(session.core, { rooms: false, from: "cursor" });
}

/** Messages to the account are not for this resource (RFC 6121 §8.5.2.1.1: negative priority, or none at all). */
export async function waitForInbox(session: XmppSession): Promise<void> {
  const state = availabilityOf(session);
  if (!session.core.attached) return;
  const { conversations } = session.server.core;
  if (state.inbox) conversations.shutInbox(session.core);
  state.inbox = false;
  await conversations.openInbox(session.core, { rooms: false, from: "now" });
}
