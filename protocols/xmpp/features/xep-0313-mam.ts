// XEP-0313: the log read as an archive: an account's direct conversations at its bare JID, a room's at the room's.
import { type ArchivePage, type ArchiveRequest, type ConversationId, directOf, type Envelope, peerOf } from "#core";
import { deviceOf, jidOfRoom, type Jid, roomOfJid, userOfJid } from "../addressing.ts";
import { metadataFor } from "../archive-metadata.ts";
import { archivedOf } from "../archive-preferences.ts";
import { type ArchiveWish, fullText, readArchiveWish } from "../archive-query.ts";
import { aboutForm, printForm } from "../data-form.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { learnRoom } from "../muc-rooms.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { printPage } from "../result-set.ts";
import type { XmppSession } from "../session.ts";
import { slot } from "../slot.ts";
import { readEntry } from "../translate.ts";
import { Turns } from "../turns.ts";
import { archivedDirect } from "./rfc6121-message.ts";
import { delayed } from "./xep-0203-delay.ts";
import { isOffTheRecord } from "./xep-0334-hints.ts";
import { turnsToArchive } from "./xep-0386-bind2.ts";
import { archivedRoom } from "./xep-0045-muc-messages.ts";

export const archiveFeatures = [ns.mam, `${ns.mam}#extended`];

export const archive: Feature = {
  spec: {
    id: "XEP-0313",
    title: "Message Archive Management",
    version: "0.8.0",
    status: "complete",
    note: "rooms have archives of their own; an account's holds its direct conversations",
  },
  disco: [...archiveFeatures, `${ns.mam}#groupchat-field`],
  iq: [
    { type: "set", name: "query", xmlns: ns.mam, to: ["own", "room"], answer: query },
    { type: "get", name: "query", xmlns: ns.mam, to: ["own", "room"], answer: form },
    { type: "get", name: "metadata", xmlns: ns.mam, to: ["own", "room"], answer: metadata },
    { type: "set", name: "query", xmlns: ns.mam, to: ["account"], answer: refuse },
    { type: "get", name: "query", xmlns: ns.mam, to: ["account"], answer: refuse },
    { type: "get", name: "metadata", xmlns: ns.mam, to: ["account"], answer: refuse },
  ],
};

export const fullTextSearch: Feature = {
  spec: {
    id: "XEP-0431",
    title: "Full Text Search in MAM",
    version: "0.3.0",
    status: "complete",
    note: "words, or beginnings of words before `*`",
  },
  disco: ["urn:xmpp:fulltext:0"],
};

/** §7.1: nobody else's. */
function refuse(): never {
  throw new StanzaError("forbidden", "another's archive");
}

/** Which archive: of a room, or of the account. */
interface Archive {
  readonly jid: string;
  readonly room: ConversationId | undefined;
}

function archiveAt(session: XmppSession, { to }: IqRequest): Archive {
  const { server } = session;
  if (to === undefined || to.domain === server.host) return { jid: session.user, room: undefined };
  const room = roomOfJid(to, server.host);
  return { jid: jidOfRoom(room, server.settings.roomsHost), room };
}

/** One query after the other for each client, and none while it does not take what it was sent: pages are long. */
const turns = slot(() => new Turns());

function query(session: XmppSession, iq: IqRequest): Promise<string> {
  const wish = readArchiveWish(iq.payload);
  const from = archiveAt(session, iq);
  return turns(session).take("", async () => {
    await session.out.eased();
    if (from.room === undefined) await turnsToArchive(session);
    return answer(session, from, wish);
  });
}

async function answer(session: XmppSession, from: Archive, wish: ArchiveWish): Promise<string> {
  const page = await pageFor(session, from, wish);
  if (from.room !== undefined) await learnRoom(session.server, from.room);
  const shown = wish.countOnly
    ? { entries: [], more: page.entries.length > 0 }
    : withinBytes(session, from, wish, page);
  const { entries } = shown;
  for (const entry of wish.flipped ? entries.toReversed() : entries) if (entry.xml !== "") session.send(entry.xml);
  const { request } = wish;
  const atStart = !request.fromEnd && request.pageAfter === undefined;
  const atEnd = request.fromEnd && request.pageBefore === undefined && page.count !== undefined;
  const set = printPage({
    first: entries[0]?.id,
    last: entries.at(-1)?.id,
    index: atStart ? 0 : atEnd ? page.count - entries.length : undefined,
    count: page.count,
  });
  return `<fin xmlns="${ns.mam}"${page.more || shown.more ? "" : ' complete="true"'}>${set}</fin>`;
}

interface Printed {
  readonly id: string;
  /** Empty: it has a place in the order, and is not shown. */
  readonly xml: string;
}

/** A page's size on the wire; at the bound it ends early, and the client asks on. */
const mostBytes = 1 << 20;

function withinBytes(
  session: XmppSession,
  from: Archive,
  { queryId, request }: ArchiveWish,
  page: ArchivePage,
): { readonly entries: readonly Printed[]; readonly more: boolean } {
  // §4.2: each in a message of its own, from the archive.
  const head =
    `<message xmlns="${ns.client}"${attribute("from", from.jid)}${attribute("to", session.jid)}>` +
    `<result xmlns="${ns.mam}"${attribute("queryid", queryId)} id="`;
  const entries: Printed[] = [];
  let bytes = 0;
  for (const entry of request.fromEnd ? page.entries.toReversed() : page.entries) {
    if (isOffTheRecord(entry)) {
      entries.push({ id: entry.mid, xml: "" });
      continue;
    }
    const inner = from.room === undefined ? archivedDirect(entry) : archivedRoom(session, entry);
    const xml = `${head}${entry.mid}"><forwarded xmlns="${ns.forward}">${delayed(undefined, entry.at)}${inner}</forwarded></result></message>`;
    bytes += xml.length;
    if (entries.length > 0 && bytes > mostBytes) break;
    entries.push({ id: entry.mid, xml });
  }
  const more = entries.length < page.entries.length;
  return { entries: request.fromEnd ? entries.reverse() : entries, more };
}

async function pageFor(session: XmppSession, from: Archive, wish: ArchiveWish): Promise<ArchivePage> {
  const { request } = wish;
  const wanted = wish.with;
  const source = wish.text === undefined ? ask : searching(wish.text);
  if (from.room !== undefined) {
    const matches = wanted === undefined ? undefined : publishedBy(session, from, wanted);
    return scan(session, { ...request, conversation: from.room }, { source, matches });
  }
  const narrowed = await archivedOf(session.server, session.user);
  if (wanted === undefined) return scan(session, { ...request, ...narrowed }, { source, matches: undefined });
  const conversation = directOf(session.user, userOfJid(wanted));
  const held = narrowed.only?.includes(conversation) !== false && narrowed.but?.includes(conversation) !== true;
  const matches = wanted.resource === "" ? undefined : ofResource(session, wanted);
  if (!held || wanted.domain !== session.server.host) return { entries: [], more: false, count: 0 };
  return scan(session, { ...request, conversation }, { source, matches });
}

/** §4.1.1: a full JID matches what that resource sent, and what was sent to it. */
function ofResource(session: XmppSession, { resource }: Jid): (entry: Envelope) => boolean {
  return (entry) => {
    const itself = peerOf(entry.conversation, session.user) === session.user;
    if (itself || entry.author !== session.user) return entry.device === deviceOf(resource);
    return readEntry(entry).note.r === resource;
  };
}

/** §4.1.1: by a person, whose JID anybody in a room may know, or by an occupant. */
function publishedBy(session: XmppSession, from: Archive, wanted: Jid): (entry: Envelope) => boolean {
  const { server } = session;
  if (wanted.bare === from.jid) return (entry) => wanted.resource === "" || readEntry(entry).note.n === wanted.resource;
  if (wanted.domain !== server.host) return () => false;
  const author = userOfJid(wanted);
  return (entry) => entry.author === author && (wanted.resource === "" || entry.device === deviceOf(wanted.resource));
}

const mostScanned = 5000;

type Source = (session: XmppSession, request: ArchiveRequest) => Promise<ArchivePage>;

interface Looking {
  readonly source: Source;
  readonly matches: ((entry: Envelope) => boolean) | undefined;
}

/** The page; where only some entries match, as many are read as it takes, up to a bound. */
async function scan(session: XmppSession, request: ArchiveRequest, { source, matches }: Looking): Promise<ArchivePage> {
  if (source === ask && matches === undefined) return ask(session, request);
  const found: Envelope[] = [];
  let asked: ArchiveRequest = { ...request, limit: 250, counted: false };
  for (let scanned = 0; scanned < mostScanned;) {
    const page = await source(session, asked);
    scanned += page.entries.length;
    const some = page.entries.filter(
      (entry) => matches?.(entry) !== false && (source === ask || isWithin(request, entry)),
    );
    found.push(...(request.fromEnd ? some.reverse() : some));
    if (!page.more || page.entries.length === 0 || found.length > request.limit) break;
    asked = request.fromEnd
      ? { ...asked, pageBefore: page.entries[0]!.mid }
      : { ...asked, pageAfter: page.entries.at(-1)!.mid };
  }
  const entries = found.slice(0, request.limit);
  return { entries: request.fromEnd ? entries.reverse() : entries, more: found.length > request.limit };
}

/** XEP-0431: the entries that hold the words; the rest of the request is looked at afterwards. */
function searching(text: string): Source {
  return ({ server, user }, { conversation, after, before, pageAfter, pageBefore, fromEnd, limit }) => {
    const within = {
      after: [after, pageAfter]
        .filter((mid) => mid !== undefined)
        .toSorted()
        .at(-1),
      before: [before, pageBefore].filter((mid) => mid !== undefined).toSorted()[0],
    };
    return server.core.conversations.search(user, { text, conversation, ...within, fromEnd, limit });
  };
}

function isWithin({ conversation, only, but, start, end, ids }: ArchiveRequest, entry: Envelope): boolean {
  return (
    entry.kind !== "membership" &&
    entry.kind !== "pin" &&
    (conversation !== undefined || entry.conversation.startsWith("dm:")) &&
    only?.includes(entry.conversation) !== false &&
    but?.includes(entry.conversation) !== true &&
    entry.at >= (start ?? 0) &&
    entry.at <= (end ?? Infinity) &&
    ids?.includes(entry.mid) !== false
  );
}

async function ask(session: XmppSession, request: ArchiveRequest): Promise<ArchivePage> {
  const page = await session.server.core.conversations.archive(session.user, request);
  if (page === undefined) throw new StanzaError("item-not-found", "no such entry"); // §4.1.3, §4.3.2
  return page;
}

/** §4.1.6. */
function form(session: XmppSession, iq: IqRequest): string {
  archiveAt(session, iq);
  const open = `<validate xmlns="${ns.formValidation}" datatype="xs:string"><open/></validate>`;
  const printed = printForm({
    type: "form",
    fields: [
      aboutForm(ns.mam),
      { var: "with", type: "jid-single", values: [] },
      { var: "start", type: "text-single", values: [] },
      { var: "end", type: "text-single", values: [] },
      { var: "before-id", type: "text-single", values: [] },
      { var: "after-id", type: "text-single", values: [] },
      { var: "ids", type: "list-multi", values: [] },
      { var: "include-groupchat", type: "boolean", values: [] },
      { var: fullText, type: "text-single", values: [] },
    ],
  });
  const ids = `<field var="ids" type="list-multi"`;
  return `<query xmlns="${ns.mam}">${printed.replace(`${ids}/>`, `${ids}>${open}</field>`)}</query>`;
}

/** §5. */
function metadata(session: XmppSession, iq: IqRequest): Promise<string> {
  return metadataFor(session, archiveAt(session, iq).room);
}
