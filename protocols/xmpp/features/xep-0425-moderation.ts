// XEP-0425: a room's moderator takes back what another has said.
import { type ConversationId, type Envelope, isMessageId } from "#core";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText, legalText } from "../print.ts";
import type { XmppSession } from "../session.ts";

export const moderation: Feature = {
  spec: { id: "XEP-0425", title: "Moderated Message Retraction", version: "0.3.0", status: "complete" },
};

/** §4: answered when the retraction is stored. The core refuses whoever is no moderator. */
export async function moderate(
  session: XmppSession,
  room: ConversationId,
  { payload }: Pick<IqRequest, "payload">,
): Promise<undefined> {
  const { id } = payload.attrs;
  if (payload.getChild("retract", ns.retract) === undefined)
    throw new StanzaError("feature-not-implemented", "nothing but retractions");
  if (id === undefined) throw new StanzaError("bad-request", "no message is named");
  if (!isMessageId(id)) throw new StanzaError("item-not-found", "no such message");
  const reason = payload.getChildText("reason", ns.moderate) ?? undefined;
  await session.server.core.router.sendOne({
    conversation: room,
    kind: "retraction",
    author: session.user,
    device: session.device,
    relation: { target: { mid: id }, reason: reason === "" ? undefined : reason },
  });
  return undefined;
}

/** Whether another than the author took the message back. */
export function isModerated({ kind, author, relation, retracted }: Envelope): boolean {
  if (retracted !== undefined) return retracted.by !== author;
  return kind === "retraction" && relation?.target !== undefined && relation.target.author !== author;
}

/** §4.1: what the room says to everybody; `by` is the moderator's address in it. */
export function moderatedRetraction(entry: Envelope, by: string): string {
  const inside = moderatedBy(by, entry.relation?.reason);
  return (
    `<retract xmlns="${ns.retract}"${attribute("id", entry.relation?.target?.mid)}>${inside}</retract>` +
    `<fallback xmlns="${ns.fallback}" for="${ns.retract}"/>` +
    `<body>A moderator retracted a message, which this client cannot show.</body><store xmlns="${ns.hints}"/>`
  );
}

/** Also in a tombstone (§5). */
export function moderatedBy(by: string, reason: string | undefined): string {
  const why = reason === undefined ? "" : `<reason>${escapeText(legalText(reason))}</reason>`;
  return `<moderated xmlns="${ns.moderate}"${attribute("by", by)}/>${why}`;
}
