// Receipts (XEP-0184) and markers (XEP-0333) are marks of the core: a client's word moves one, a moved one becomes a word.
import {
  type ConversationId,
  type Delivery,
  directOf,
  Fault,
  faultFrom,
  type Mark,
  type OriginId,
  peerOf,
  type Receipt,
  type UserId,
} from "#core";
import { type Jid, userOfJid } from "./addressing.ts";
import { availabilityOf } from "./availability.ts";
import type { Element } from "./element.ts";
import { heardIds, sentIds } from "./message-ids.ts";
import { ns } from "./namespaces.ts";
import { attribute, escapeAttribute } from "./print.ts";
import type { XmppSession } from "./session.ts";
import { readEntry } from "./translate.ts";

/** How far back a message is looked for whose id is not remembered. */
const lookBack = 100;

/** The client says that it has got, or shown, the message of that id from that person. */
export function markById(session: XmppSession, part: Element, to: Jid, mark: Mark): boolean {
  const id = part.attrs["id"];
  const peer = userOfJid(to);
  if (id === undefined || peer === session.user || to.local === "") return false;
  const conversation = directOf(session.user, peer);
  const seq = heardIds(session).seq(conversation, id);
  if (seq !== undefined) moveMark(session, conversation, seq, mark);
  else
    void lookUp(session, conversation, peer, id, mark).catch((error: unknown) =>
      session.server.core.log.debug({ what: "mark_not_found", err: error }, "no such message"),
    );
  return true;
}

/** A mark of the account moved; the client is told of those of its messages that this concerns. */
export function tellMark(session: XmppSession, delivery: Delivery): void {
  const receipt = delivery.event as Receipt;
  const { conversation, user } = receipt;
  if (user === session.user || peerOf(conversation, session.user) !== user) return;
  if (!delivery.late || sentIds(session).knows(conversation)) return report(session, receipt);
  remember(session, conversation, receipt.seq).then(
    () => report(session, receipt),
    (error: unknown) => session.server.note(faultFrom(error)),
  );
}

function report(session: XmppSession, { conversation, seq, user, mark }: Receipt): void {
  const sent = sentIds(session);
  // Read implies delivered (P5): a receipt that got lost is told now.
  for (const id of sent.delivered(conversation, seq))
    tell(session, user, `<received xmlns="${ns.receipts}" id="${escapeAttribute(id)}"/>`);
  if (mark === "delivered") return;
  for (const id of sent.read(conversation, seq))
    tell(session, user, `<displayed xmlns="${ns.markers}" id="${escapeAttribute(id)}"/>`);
}

function tell(session: XmppSession, from: UserId, mark: string): void {
  session.send(
    `<message xmlns="${ns.client}"${attribute("from", from)}${attribute("to", session.jid)} type="chat">${mark}</message>`,
  );
}

function moveMark(session: XmppSession, conversation: ConversationId, seq: number, mark: Mark): void {
  const { conversations } = session.server.core;
  if (mark === "delivered") return session.out.acknowledge({ conversation, seq });
  try {
    conversations.read(session.core, conversation, seq);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "forbidden" || !session.core.attached) throw error;
    // Nothing of it came in this session: it is not followed yet.
    void conversations.open(session.core, conversation, "now").then(
      () => conversations.read(session.core, conversation, seq),
      () => undefined, // gone meanwhile, or none of the client's business: a mark without a message
    );
  }
}

async function lookUp(
  session: XmppSession,
  conversation: ConversationId,
  peer: UserId,
  id: string,
  mark: Mark,
): Promise<void> {
  const { conversations } = session.server.core;
  let found = await conversations.find(conversation, peer, id as OriginId);
  if (found === undefined) {
    const last = await conversations.historyBefore(session.user, conversation, undefined, lookBack);
    found = last.findLast((entry) => entry.author === peer && (entry.mid === id || readEntry(entry).note.i === id));
  }
  if (found !== undefined && session.core.attached) moveMark(session, conversation, found.seq, mark);
}

/** After a restart of the server nothing is remembered of what this device sent: it stands in the log. */
async function remember(session: XmppSession, conversation: ConversationId, upTo: number): Promise<void> {
  const since = session.core.known?.attachedAt;
  if (since === undefined || !availabilityOf(session).available) return;
  const entries = await session.server.core.conversations.historyBefore(session.user, conversation, upTo + 1, lookBack);
  const sent = sentIds(session);
  for (const entry of entries) {
    if (entry.author === session.user && entry.device === session.device && entry.at >= since) sent.add(entry);
  }
}
