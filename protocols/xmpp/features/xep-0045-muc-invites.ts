// XEP-0045 §7.8 and XEP-0249: asking somebody into a room, and the answer. Both are entries of the conversation of the
// two, so that they reach every protocol, and who is away.
import {
  type AffiliationChange,
  type ConversationId,
  directOf,
  type Envelope,
  Fault,
  type Relation,
  settingsOf,
} from "#core";
import { jidOfRoom, parseJid, roomOfJid, userOfJid } from "../addressing.ts";
import { type Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText, legalText } from "../print.ts";
import type { XmppServer } from "../server.ts";
import type { XmppSession } from "../session.ts";
import { readEntry } from "../translate.ts";
import { reasonXml } from "./xep-0045-muc-presence.ts";

export const directInvitations: Feature = {
  spec: { id: "XEP-0249", title: "Direct MUC Invitations", version: "1.2", status: "complete" },
  disco: [ns.conference],
};

/** Guests of one stanza. */
const mostGuests = 20;
const longestThread = 256;

/** §7.8.2: the room asks in the occupant's name. */
export async function invite(session: XmppSession, asked: readonly Element[], room: ConversationId): Promise<void> {
  if (asked.length > mostGuests) throw new StanzaError("policy-violation", "too many guests at once");
  const { core } = session.server;
  for (const each of asked) {
    const guest = personIn(session, each);
    const found = await core.rooms.mayInvite(room, session.user, guest);
    const password = settingsOf(found).password;
    const reason = each.getChildText("reason", ns.mucUser) ?? undefined;
    const goesOn = each.getChild("continue", ns.mucUser); // §7.9
    const talk =
      goesOn !== undefined && ({ continues: true, thread: goesOn.attrs["thread"]?.slice(0, longestThread) } as const);
    await send(session, guest, { room, reason, ...talk, ...(password !== "" && { password }) });
  }
}

/** Whom a request makes members of a members-only room, unaffiliated so far: accounts of ours, as many as one may ask at once. */
export async function newMembers(
  session: XmppSession,
  room: ConversationId,
  changes: readonly AffiliationChange[],
): Promise<readonly AffiliationChange[]> {
  const { rooms } = session.server.core;
  const found = await rooms.find(room);
  if (found === undefined || found.open) return [];
  const made = changes.filter(({ user, affiliation }) => affiliation === "member" && user.endsWith(`@${session.server.host}`)); // prettier-ignore
  const affiliations = await Promise.all(made.map(({ user }) => rooms.affiliation(room, user)));
  return made.filter((_, at) => affiliations[at] === "none").slice(0, mostGuests);
}

/**
 * §9.5: "the service SHOULD send an invitation to any user who has been added to the member list of a members-only room if the
 * user is not currently affiliated with the room". Who cannot be written to is a member all the same.
 */
export async function welcome(
  session: XmppSession,
  room: ConversationId,
  members: readonly AffiliationChange[],
): Promise<void> {
  if (members.length === 0) return;
  const found = await session.server.core.rooms.find(room);
  if (found === undefined) return;
  const { password } = settingsOf(found);
  const each = members.map(({ user, reason }) => send(session, user, { room, reason, ...(password !== "" && { password }) })); // prettier-ignore
  for (const sent of await Promise.allSettled(each))
    if (sent.status === "rejected" && !(sent.reason instanceof Fault)) throw sent.reason;
}

/** §7.8.3: who declines need not be in the room. */
export async function decline(session: XmppSession, declined: Element, room: ConversationId): Promise<void> {
  const reason = declined.getChildText("reason", ns.mucUser) ?? undefined;
  await send(session, personIn(session, declined), { room, reason, declined: true });
}

function personIn({ server }: XmppSession, element: Element): ReturnType<typeof userOfJid> {
  const jid = parseJid(element.attrs["to"] ?? "");
  if (jid === undefined) throw new StanzaError("jid-malformed", "nobody to ask");
  if (jid.domain !== server.host || jid.local === "") throw new StanzaError("item-not-found", "no account here");
  return userOfJid(jid);
}

async function send(session: XmppSession, to: ReturnType<typeof userOfJid>, relation: Relation): Promise<void> {
  await session.server.core.router.sendOne({
    conversation: directOf(session.user, to),
    kind: "invitation",
    author: session.user,
    device: session.device,
    relation: { ...relation, reason: relation.reason?.slice(0, 1024), target: undefined },
  });
}

/** What a direct invitation (XEP-0249 §2) says to the core; undefined when it leads nowhere here. */
export function directInvitation(server: XmppServer, part: Element): Relation | undefined {
  const jid = parseJid(part.attrs["jid"] ?? "");
  if (jid === undefined || jid.local === "" || jid.domain !== server.settings.roomsHost) return undefined;
  const { reason, password } = part.attrs;
  return { room: roomOfJid(jid, server.host), reason: reason?.slice(0, 1024), password: password?.slice(0, 256) };
}

/** An invitation that the room brings: `from` it, and what it says. Undefined for one that came as it stands. */
export function mediated(
  server: XmppServer,
  entry: Envelope,
): { readonly from: string; readonly parts: string } | undefined {
  const { relation, author, retracted } = entry;
  if (entry.kind !== "invitation" || relation?.room === undefined || retracted !== undefined) return undefined;
  if (entry.extensions?.["xmpp"] !== undefined && readEntry(entry).parts !== "") return undefined;
  const from = jidOfRoom(relation.room, server.settings.roomsHost);
  const why = reasonXml(relation.reason);
  if (relation.declined)
    return { from, parts: `<x xmlns="${ns.mucUser}"><decline${attribute("from", author)}>${why}</decline></x>` };
  const secret =
    relation.password === undefined ? "" : `<password>${escapeText(legalText(relation.password))}</password>`;
  const goesOn =
    relation.continues === true
      ? `<continue${attribute("thread", relation.thread && legalText(relation.thread))}/>`
      : "";
  const asks = `<invite${attribute("from", author)}>${why}${goesOn}</invite>${secret}`;
  const link = `<x xmlns="${ns.conference}"${attribute("jid", from)}${attribute("reason", relation.reason && legalText(relation.reason))}${attribute("password", relation.password && legalText(relation.password))}/>`;
  return { from, parts: `<x xmlns="${ns.mucUser}">${asks}</x>${link}` };
}
