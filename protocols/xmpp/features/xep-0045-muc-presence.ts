// XEP-0045 §7.1–7.7: how occupants look to one another.
import { type ConversationId, type Delivery, memoized, memoSlot, type OccupantSignal } from "#core";
import { fullJid, jidOfRoom } from "../addressing.ts";
import { affiliationOf, occupancies, roleOf } from "../muc-rooms.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText, legalText } from "../print.ts";
import type { XmppServer } from "../server.ts";
import type { XmppSession } from "../session.ts";
import { extensionOf } from "../translate.ts";

/** What is said beside who it is. */
interface Circumstances {
  readonly nick: string;
  readonly present: boolean;
  /** §15.6.2. */
  readonly statuses?: readonly number[];
  /** The nick it has from now on. */
  readonly becomes?: string | undefined;
  /** The room is gone. */
  readonly destroyed?: boolean;
}

/** One occupant's presence, with a gap for the address of who gets it. */
function print(
  server: XmppServer,
  signal: OccupantSignal,
  { nick, present, statuses = [], becomes, destroyed = false }: Circumstances,
): readonly [string, string] {
  const { conversation, user, device } = signal;
  const affiliation = affiliationOf(server, conversation, user);
  const role = present ? roleOf(affiliation) : "none";
  const from = attribute("from", `${jidOfRoom(conversation, server.settings.roomsHost)}/${legalText(nick)}`);
  const item = `<item affiliation="${affiliation}" role="${role}"${attribute("jid", fullJid(user, device))}${attribute("nick", becomes)}/>`;
  const codes = statuses.map((code) => `<status code="${code}"/>`).join("");
  const said = present ? stateOf(signal) : "";
  return [
    `<presence xmlns="${ns.client}"${from}`,
    `${present ? "" : ' type="unavailable"'}>${said}<x xmlns="${ns.mucUser}">${item}${codes}${destroyed ? "<destroy/>" : ""}</x></presence>`,
  ];
}

function stateOf({ show, status, extensions }: OccupantSignal): string {
  const showing = show === "available" ? "" : `<show>${show}</show>`;
  const saying = status === undefined ? "" : `<status>${escapeText(legalText(status))}</status>`;
  return showing + saying + (extensionOf({ extensions })?.parts ?? "");
}

/** To this session, about an occupant. */
export function sendOccupant(session: XmppSession, signal: OccupantSignal, circumstances: Circumstances): void {
  const [head, tail] = print(session.server, signal, circumstances);
  session.send(head + attribute("to", session.jid) + tail);
}

const newsSlot = memoSlot();

/** Somebody else came, changed or went. Printed once for all who see it. */
export function occupantNews(session: XmppSession, { event }: Delivery): void {
  const signal = event as OccupantSignal;
  const own = signal.user === session.user && signal.device === session.device;
  if (own || !occupancies(session).has(signal.conversation)) return;
  if (!signal.present && stillThere(session.server, signal.conversation, signal)) return;
  for (const [head, tail] of memoized(signal, newsSlot, (news) => printNews(session.server, news))) {
    session.send(head + attribute("to", session.jid) + tail);
  }
}

function printNews(server: XmppServer, signal: OccupantSignal): readonly (readonly [string, string])[] {
  const { nick, renamed, present } = signal;
  if (renamed === undefined) return [print(server, signal, { nick, present })];
  // §7.6: gone under the old name, here under the new one.
  return [
    print(server, signal, { nick, present: false, statuses: [303], becomes: renamed }),
    print(server, signal, { nick: renamed, present: true }),
  ];
}

/** The account has another device in the room under that nick. */
function stillThere(server: XmppServer, room: ConversationId, { user, nick }: OccupantSignal): boolean {
  return server.core.rooms.occupants(room).some((other) => other.user === user && other.nick === nick);
}
