// XEP-0045 §7.2.13–7.2.15: what was said before one came, and what the room is about.
import type { ConversationId, Envelope } from "#core";
import { jidOfRoom } from "../addressing.ts";
import type { Element } from "../element.ts";
import { roomsOfDevice } from "../muc-places.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import type { XmppServer } from "../server.ts";
import { serverSlot } from "../server-slot.ts";
import type { XmppSession } from "../session.ts";
import { roomXml } from "./xep-0045-muc-messages.ts";

export interface HistoryWish {
  readonly stanzas: number;
  readonly characters: number;
  /** Unix milliseconds. */
  readonly since: number;
  /** The client left it to us. */
  readonly open: boolean;
}

interface History {
  readonly messages: readonly { readonly xml: string; readonly seq: number }[];
  readonly subject: string;
  /** Everything up to here is known or not wanted: the live log begins behind it. */
  readonly last: number;
}

/** Nobody gets more than this at once. */
const mostStanzas = 500;

export function readHistoryWish(joins: Element, server: XmppServer): HistoryWish {
  const element = joins.getChild("history", ns.muc);
  const attrs = element?.attrs ?? {};
  const seconds = numberOf(attrs["seconds"]);
  const sinceStamp = Date.parse(attrs["since"] ?? "");
  const timed = seconds !== undefined || !Number.isNaN(sinceStamp);
  const most = numberOf(attrs["maxstanzas"]) ?? (timed ? mostStanzas : server.settings.roomHistory);
  return {
    open: element === undefined,
    stanzas: Math.min(most, mostStanzas),
    characters: numberOf(attrs["maxchars"]) ?? Infinity,
    since: Math.max(
      seconds === undefined ? 0 : server.core.clock.now() - seconds * 1000,
      Number.isNaN(sinceStamp) ? 0 : sinceStamp,
    ),
  };
}

export const sendHistory = { read, write };

async function read(session: XmppSession, room: ConversationId, wish: HistoryWish): Promise<History> {
  const { conversations } = session.server.core;
  const missed = wish.open ? await missedBy(session, room) : undefined;
  const wanted = wish.characters > 0 && wish.stanzas > 0;
  const page =
    missed?.page ?? (wanted ? await conversations.historyBefore(session.user, room, undefined, wish.stanzas) : []);
  const last = page.at(-1)?.seq ?? missed?.after ?? (await conversations.head(room));
  const messages: { xml: string; seq: number }[] = [];
  let left = wish.characters;
  for (const entry of page.toReversed()) {
    if (!isReplayed(entry) || entry.at < wish.since) continue;
    const xml = roomXml(session, entry, true);
    if ((left -= xml.length) < 0) break;
    messages.push({ xml, seq: entry.seq });
  }
  return { messages: messages.reverse(), subject: await subjectOf(session, room, last), last };
}

/** XEP-0424 §6: what is retracted is not replayed; the retraction is, to those who may have seen it. */
function isReplayed({ kind, retracted }: Envelope): boolean {
  return kind !== "subject" && kind !== "membership" && kind !== "pin" && retracted === undefined;
}

/**
 * A device that comes back gets what it has not acknowledged, all of that and nothing else (P4): the oldest of it here,
 * and what is more than anybody gets at once behind the subject, as the log is read on. Undefined for one that was never
 * here: it gets the usual few.
 */
async function missedBy(
  session: XmppSession,
  room: ConversationId,
): Promise<{ readonly after: number; readonly page: readonly Envelope[] } | undefined> {
  if (!roomsOfDevice(session).has(room)) return undefined;
  const { conversations } = session.server.core;
  const after = await conversations.cursor(session.core, room);
  return { after, page: await conversations.history(session.user, room, after, mostStanzas) };
}

function write(session: XmppSession, room: ConversationId, { messages, subject, last }: History): void {
  // What lies before the first of them the client does not want: it counts as known.
  if (!roomsOfDevice(session).has(room))
    session.out.skipEntry({ conversation: room, seq: (messages[0]?.seq ?? last + 1) - 1 });
  for (const { xml, seq } of messages) session.out.sendEntry(xml, { conversation: room, seq });
  session.send(subject);
}

interface KnownSubject {
  readonly entry: Envelope | undefined;
  /** No subject was set between the entry and here. */
  readonly upTo: number;
}

const subjectsOf = serverSlot(() => new Map<ConversationId, KnownSubject>());
const roomsBound = 1000;
const pageSize = 200;
const pagesBound = 5;

/** The last subject. The log is looked through once; later only what has been added since. */
async function subjectOf(session: XmppSession, room: ConversationId, head: number): Promise<string> {
  const { server } = session;
  const known = subjectsOf(server);
  const before = known.get(room);
  const found = await lastSubject(session, room, head, before?.upTo ?? 0);
  const entry = found ?? before?.entry;
  if (known.size >= roomsBound) known.delete(known.keys().next().value!);
  known.set(room, { entry, upTo: head });
  if (entry !== undefined) return roomXml(session, entry, true);
  const from = attribute("from", jidOfRoom(room, server.settings.roomsHost));
  return `<message xmlns="${ns.client}"${from}${attribute("to", session.jid)} type="groupchat"><subject/></message>`; // §7.2.15
}

async function lastSubject(
  session: XmppSession,
  room: ConversationId,
  head: number,
  after: number,
): Promise<Envelope | undefined> {
  let before = head + 1;
  for (let pages = 0; pages < pagesBound && before > after + 1; pages++) {
    const page = await session.server.core.conversations.historyBefore(
      session.user,
      room,
      before,
      Math.min(pageSize, before - after - 1),
    );
    const found = page.findLast((entry) => entry.kind === "subject");
    if (found !== undefined || page.length === 0) return found;
    before = page[0]!.seq;
  }
  return undefined;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
