// XEP-0045 §7.1–7.7, §8, §9: how occupants look to one another, and what becomes of them.
import { type ConversationId, type Delivery, memoized, memoSlot, type OccupantCause, type OccupantSignal } from "#core";
import { addressedTo, encoded } from "../addressed.ts";
import { fullJid, jidOfRoom } from "../addressing.ts";
import { occupancies, seesAddresses } from "../muc-rooms.ts";
import { rememberPlace } from "../muc-places.ts";
import { ns } from "../namespaces.ts";
import { occupantId } from "../occupant-ids.ts";
import { attribute, escapeText, legalText } from "../print.ts";
import type { XmppServer } from "../server.ts";
import type { XmppSession } from "../session.ts";
import { extensionOf } from "../translate.ts";

/** §15.6.2. */
export const status = { self: 110, created: 201, renamed: 303 } as const;

const statusOf = {
  kicked: [307],
  banned: [301],
  affiliation: [321],
  "members-only": [322],
  destroyed: [],
  role: [],
  lost: [333],
} as const satisfies Record<OccupantCause["what"], readonly number[]>;

/** What is said beside who it is. */
interface Circumstances {
  readonly nick: string;
  readonly present: boolean;
  readonly statuses?: readonly number[];
  /** The nick it has from now on. */
  readonly becomes?: string | undefined;
  /** Of the stanza that this answers (RFC 6120 §8.1.3). */
  readonly id?: string | undefined;
  /** Whether the reader is shown the account. */
  readonly open: boolean;
}

/** One occupant's presence, with a gap for the address of who gets it. */
function print(
  server: XmppServer,
  signal: OccupantSignal,
  { nick, present, statuses = [], becomes, id, open }: Circumstances,
): readonly [string, string] {
  const { conversation, user, device, cause } = signal;
  const room = jidOfRoom(conversation, server.settings.roomsHost);
  const gone = cause?.what === "destroyed";
  const affiliation = gone ? "none" : signal.affiliation;
  const role = present || becomes !== undefined ? signal.role : "none";
  const jid = open ? attribute("jid", fullJid(user, device)) : "";
  const whose = `affiliation="${affiliation}" role="${role}"${jid}${attribute("nick", becomes && legalText(becomes))}`;
  const why = gone || cause === undefined ? "" : causeXml(server, signal, cause, open);
  const item = why === "" ? `<item ${whose}/>` : `<item ${whose}>${why}</item>`;
  const codes = statuses.map((code) => `<status code="${code}"/>`).join("");
  const said = present ? stateOf(signal) : becomes === undefined ? saying(signal) : ""; // §7.14: an exit message
  return [
    `<presence xmlns="${ns.client}"${attribute("from", `${room}/${legalText(nick)}`)}${attribute("id", id)}`,
    `${present ? "" : ' type="unavailable"'}>${said}${occupantId(server, conversation, user)}` +
      `<x xmlns="${ns.mucUser}">${item}${codes}${gone ? destroyXml(server, cause) : ""}</x>${present ? hatsXml(signal) : ""}</presence>`,
  ];
}

/** XEP-0317 §3.1. */
function hatsXml({ hats = [] }: OccupantSignal): string {
  if (hats.length === 0) return "";
  const each = hats.map(({ uri, title }) => `<hat${attribute("uri", uri)}${attribute("title", legalText(title))}/>`);
  return `<hats xmlns="${ns.hats}">${each.join("")}</hats>`;
}

/** Who did it and why (§8.2, §9.1): the actor's nick, and account where accounts are shown. */
function causeXml(server: XmppServer, { conversation }: OccupantSignal, cause: OccupantCause, open: boolean): string {
  const actor = cause.by && server.core.rooms.occupantsOf(conversation, cause.by)[0];
  const jid = open ? attribute("jid", cause.by) : "";
  const nick = attribute("nick", actor && legalText(actor.nick));
  const by = cause.by === undefined || jid + nick === "" ? "" : `<actor${jid}${nick}/>`;
  return by + reasonXml(cause.reason);
}

/** §10.9. */
function destroyXml(server: XmppServer, { alternate, elsewhere, reason, password }: OccupantCause): string {
  const where = alternate === undefined ? elsewhere : jidOfRoom(alternate, server.settings.roomsHost);
  const secret = password === undefined ? "" : `<password>${escapeText(legalText(password))}</password>`;
  return `<destroy${attribute("jid", where)}>${secret}${reasonXml(reason)}</destroy>`;
}

export function reasonXml(reason: string | undefined): string {
  return reason === undefined || reason === "" ? "" : `<reason>${escapeText(legalText(reason))}</reason>`;
}

function stateOf(signal: OccupantSignal): string {
  const showing = signal.show === "available" ? "" : `<show>${signal.show}</show>`;
  return showing + saying(signal) + (extensionOf(signal)?.parts ?? "");
}

function saying({ status: said }: OccupantSignal): string {
  return said === undefined ? "" : `<status>${escapeText(legalText(said))}</status>`;
}

/** To this session, about an occupant. */
export function sendOccupant(
  session: XmppSession,
  signal: OccupantSignal,
  circumstances: Omit<Circumstances, "open">,
): void {
  const own = signal.user === session.user;
  const open = own || seesAddresses(session, signal.conversation);
  const [head, tail] = print(session.server, signal, { ...circumstances, open });
  session.send(head + attribute("to", session.jid) + tail);
}

const openSlot = memoSlot();
const hiddenSlot = memoSlot();

/** Somebody came, changed or went, or something became of oneself. Printed once for all who see it alike. */
export function occupantNews(session: XmppSession, { event }: Delivery): void {
  const signal = event as OccupantSignal;
  const { conversation, cause } = signal;
  const mine = occupancies(session).get(conversation);
  if (mine === undefined) return;
  if (signal.user === session.user && signal.device === session.device) return ownNews(session, signal);
  if (!signal.present && cause === undefined && stillThere(session.server, signal)) return;
  const open = signal.user === session.user || seesAddresses(session, conversation);
  sendShown(session, signal, open);
}

/** As everybody sees it who sees it so: printed and encoded once for all of them, whenever they come. */
function sendShown(session: XmppSession, signal: OccupantSignal, open: boolean): void {
  const shown = memoized(signal, open ? openSlot : hiddenSlot, (each) =>
    printNews(session.server, each, open).map(encoded),
  );
  for (const halves of shown) session.out.send(addressedTo(session, halves));
}

/** Sent at once before the client is asked whether it keeps up. */
const burst = 200;

/**
 * §7.2.2: "the service MUST first send the complete list of the existing occupants to the new occupant". At the client's pace; false
 * when it has left, or entered anew, meanwhile.
 */
export async function sendOthers(
  session: XmppSession,
  room: ConversationId,
  others: readonly OccupantSignal[],
): Promise<boolean> {
  const mine = occupancies(session).get(room);
  const open = seesAddresses(session, room);
  for (const [at, other] of others.entries()) {
    if (at % burst === burst - 1) {
      await session.out.eased();
      if (session.over || occupancies(session).get(room) !== mine) return false;
    }
    sendShown(session, other, open || other.user === session.user);
  }
  return true;
}

/** What somebody else has made of this occupant. */
function ownNews(session: XmppSession, signal: OccupantSignal): void {
  const { conversation, nick, present, cause } = signal;
  if (cause === undefined) return;
  const statuses = [...(present ? [] : statusOf[cause.what]), status.self];
  sendOccupant(session, signal, { nick, present, statuses });
  if (present) return;
  occupancies(session).delete(conversation);
  session.server.core.conversations.shut(session.core, conversation);
  rememberPlace(session, conversation, false);
}

function printNews(server: XmppServer, signal: OccupantSignal, open: boolean): readonly (readonly [string, string])[] {
  const { nick, renamed, present, cause } = signal;
  if (renamed === undefined) {
    const statuses = present || cause === undefined ? [] : statusOf[cause.what];
    return [print(server, signal, { nick, present, statuses, open })];
  }
  // §7.6: gone under the old name, here under the new one.
  return [
    print(server, signal, { nick, present: false, statuses: [status.renamed], becomes: renamed, open }),
    print(server, signal, { nick: renamed, present: true, open }),
  ];
}

/** The account has another device in the room under that nick. */
function stillThere(server: XmppServer, { conversation, user, nick }: OccupantSignal): boolean {
  return server.core.rooms
    .occupantsNamed(conversation, nick)
    .some((other) => other.user === user && other.hidden !== true);
}
