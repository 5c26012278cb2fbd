// XEP-0045 §7.4–7.8, §8.1: what is said in a room, to it and in it.
import {
  type ConversationId,
  type Delivery,
  type DeviceId,
  type Envelope,
  Fault,
  memoized,
  memoSlot,
  type OccupantSignal,
  type RoomSettings,
  type Spliced,
  type TypingSignal,
  type UserId,
} from "#core";
import { addressedTo, encoded } from "../addressed.ts";
import { defaultNick, fullJid, jidOfRoom, type Jid, roomOfJid } from "../addressing.ts";
import { contentOf } from "../content.ts";
import { childrenOf, type Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import { acceptAsItIs } from "../fresh-rooms.ts";
import { affiliationOf, occupancies, roleOf, seesAddresses, settingsKnown } from "../muc-rooms.ts";
import { occupantId } from "../occupant-ids.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText, legalText } from "../print.ts";
import { relay } from "../relay.ts";
import type { Posted, XmppSession } from "../session.ts";
import { unforged } from "../unforged.ts";
import { isAbout, postAbout, plainly } from "../relations.ts";
import { asksOf, extensionsOf, partsOf, readEntry } from "../translate.ts";
import { stateOf } from "../typing-states.ts";
import { decline, invite } from "./xep-0045-muc-invites.ts";
import { voice } from "./xep-0045-muc-voice.ts";
import { tombstone } from "../related-parts.ts";
import { isModerated, moderatedBy, moderatedRetraction } from "./xep-0425-moderation.ts";
import { delayed, isLate } from "./xep-0203-delay.ts";
import { stanzaId } from "./xep-0359-stanza-ids.ts";

/** In larger rooms typing, and messages that are not to be kept, are not carried: each would cost a delivery to everybody. */
const chatty = 100;
/** In larger rooms deliveries move marks now and then only: every device's would be news to every other. */
const marked = 20;

export function roomMessage(session: XmppSession, stanza: Element, to: Jid): void | Promise<void> {
  const { type } = stanza.attrs;
  if (type === "error") return;
  if (to.local === "") throw new StanzaError("service-unavailable", "nobody reads messages to the service");
  const room = roomOfJid(to, session.server.host);
  const declined = to.resource === "" ? stanza.getChild("x", ns.mucUser)?.getChild("decline", ns.mucUser) : undefined;
  if (declined !== undefined) return decline(session, declined, room);
  const mine = occupancies(session).get(room);
  if (mine === undefined) throw new StanzaError("not-acceptable", "not in the room"); // §7.4
  if (to.resource !== "") {
    if (type === "groupchat") throw new StanzaError("bad-request", "a room's message to one of it"); // §7.5
    return whisper(session, stanza, to, mine.nick);
  }
  const opening = acceptAsItIs(session, room);
  if (opening !== undefined) return opening.then(() => roomMessage(session, stanza, to));
  if (type === "groupchat") return speak(session, stanza, room, mine.nick);
  return askRoom(session, stanza, room);
}

/** What is said to the room itself: invitations (§7.8.2) and forms about voice (§7.13, §8.6). */
async function askRoom(session: XmppSession, stanza: Element, room: ConversationId): Promise<void> {
  const asked = stanza.getChild("x", ns.mucUser)?.getChildren("invite", ns.mucUser) ?? [];
  if (asked.length > 0) return invite(session, asked, room);
  if (!(await voice(session, stanza, room)))
    throw new StanzaError("bad-request", "a message to the room is of type groupchat");
}

function speak(session: XmppSession, stanza: Element, room: ConversationId, nick: string): void | Promise<void> {
  const content = contentOf(stanza, session.server);
  const { id } = stanza.attrs;
  const draft = { conversation: room, author: session.user, device: session.device, originId: content.originId };
  const posted: Posted = { id, to: stanza.attrs["to"], type: "groupchat", stanza };
  const note = {
    t: undefined,
    i: id,
    r: undefined,
    n: nick,
    l: stanza.attrs["xml:lang"],
    p: undefined,
    q: asksOf(content),
  };
  // §8.1: a subject alone sets the subject; with a body it is only a message that has one.
  if (content.subject !== undefined && content.body === undefined) {
    return session.post(
      { ...draft, kind: "subject", body: content.subject, extensions: extensionsOf(note, "") },
      posted,
    );
  }
  if (content.body === undefined && !content.store && isUnderstood(session, stanza, room)) return;
  const lasts = content.body !== undefined || content.store || content.lasting;
  if (!lasts || content.noStore) return passOn(session, stanza, room, nick, content.body !== undefined);
  if (isAbout(content)) return postAbout(session, draft, content, { posted, note });
  const { originId } = content;
  const { body, parts, relation } = plainly(content);
  const { user: author, device } = session;
  const extensions = extensionsOf(note, parts);
  session.post({ conversation: room, kind: "message", author, device, originId, body, extensions, relation }, posted);
}

/** Whether the message says nothing but a chat state, a marker or a receipt; the core has been told then. */
function isUnderstood(session: XmppSession, stanza: Element, room: ConversationId): boolean {
  const { core } = session.server;
  const parts = childrenOf(stanza);
  let only = true;
  for (const part of parts) {
    const xmlns = part.getNS();
    const state = xmlns === ns.chatStates ? stateOf(part.getName()) : undefined;
    if (state !== undefined) {
      if (core.rooms.occupantCount(room) <= chatty && !isMute(session, room))
        core.signals.typing(session.core, room, state);
    } else if (xmlns === ns.markers) readUpTo(session, room, part);
    else if (xmlns !== ns.hints && xmlns !== ns.stanzaIds && xmlns !== ns.receipts) only = false; // XEP-0184 §5.3: no receipts in rooms
  }
  return only && parts.length > 0;
}

/** §7.4: a visitor has no voice in a moderated room, and nothing of his is reflected. */
function isMute({ user, device, server }: XmppSession, room: ConversationId): boolean {
  if (!settingsKnown(server, room).moderated) return false;
  return server.core.rooms.occupant(room, user, device)?.role === "visitor";
}

/** XEP-0333 §5: in a room a marker names the room's own id of the message. */
function readUpTo(session: XmppSession, room: ConversationId, part: Element): void {
  const id = part.attrs["id"];
  if (id === undefined || part.getName() === "markable") return;
  const { conversations } = session.server.core;
  const look = async (): Promise<void> => {
    const last = await conversations.historyBefore(session.user, room, undefined, 100);
    const entry = last.findLast((each) => each.mid === id);
    if (entry !== undefined && session.core.attached && part.getName() !== "received")
      conversations.read(session.core, room, entry.seq);
  };
  look().catch((error: unknown) =>
    session.server.core.log.debug({ what: "mark_not_found", err: error }, "no such message"),
  );
}

/** Not to be kept: to those who are there, and of this protocol. */
function passOn(session: XmppSession, stanza: Element, room: ConversationId, nick: string, refuse: boolean): void {
  const { server } = session;
  if (isMute(session, room)) throw new Fault("forbidden", "no voice"); // §7.4
  if (server.core.rooms.occupantCount(room) > chatty) {
    if (refuse) throw new StanzaError("policy-violation", "too many to tell without keeping it");
    return;
  }
  const from = `${jidOfRoom(room, server.settings.roomsHost)}/${nick}`;
  const inner = unforged(stanza, server) + occupantId(server, room, session.user);
  for (const { user, device } of server.core.rooms.occupants(room)) {
    relay(session, user, device, { kind: "message", type: "groupchat", id: stanza.attrs["id"], from }, inner);
  }
}

/** §7.5: a private message to one of the room, who has to speak this protocol. */
function whisper(session: XmppSession, stanza: Element, to: Jid, nick: string): void {
  const { server } = session;
  const room = roomOfJid(to, server.host);
  const targets = server.core.rooms.occupantsNamed(room, to.resource);
  if (targets.length === 0) throw new StanzaError("item-not-found", "no such occupant");
  const self = server.core.rooms.occupant(room, session.user, session.device);
  if (!mayWhisper(settingsKnown(server, room), self, targets[0]!))
    throw new Fault("forbidden", "not by the room's settings");
  const from = `${to.bare}/${nick}`;
  // §7.5: an empty <x/> tells it from other messages.
  const inner = `${unforged(stanza, server)}<x xmlns="${ns.mucUser}"/>${occupantId(server, room, session.user)}`;
  let told = false;
  for (const { user, device } of targets) {
    told =
      relay(
        session,
        user,
        device,
        { kind: "message", type: stanza.attrs["type"], id: stanza.attrs["id"], from },
        inner,
      ) || told;
  }
  if (!told)
    throw new StanzaError("feature-not-implemented", "the occupant uses another protocol: write to the account");
}

/** §10.1.3, muc#roomconfig_allowpm. To a moderator everybody may, unless nobody may. */
function mayWhisper(
  { privateMessages, moderated }: RoomSettings,
  self: OccupantSignal | undefined,
  target: OccupantSignal,
): boolean {
  if (privateMessages === "anyone") return true;
  if (privateMessages === "none" || self === undefined) return false;
  if (self.role === "moderator" || target.role === "moderator") return true;
  return privateMessages === "participants" && (self.role === "participant" || !moderated);
}

/** An entry of a room's log that reached the session's outbox. */
export function roomEntry(session: XmppSession, delivery: Delivery): void {
  const entry = delivery.event as Envelope;
  const { conversation, seq, kind } = entry;
  if (!occupancies(session).has(conversation) || kind === "membership") return;
  if (kind === "pin") return session.out.skipEntry({ conversation, seq });
  const xml = isLate(session, delivery, 0) ? roomXml(session, entry, true) : spliced(session, entry);
  session.out.sendEntry(xml, { conversation, seq, lazily: !isSmall(session, entry) });
}

const smallSlot = memoSlot();

function isSmall(session: XmppSession, entry: Envelope): boolean {
  return memoized(
    entry,
    smallSlot,
    ({ conversation }) => session.server.core.rooms.occupantCount(conversation) <= marked,
  );
}

const liveSlot = memoSlot();
const lateSlot = memoSlot();

/** The message as an occupant gets it: made once for all, but for its `to`. */
export function roomXml(session: XmppSession, entry: Envelope, late: boolean): string {
  const [head, tail] = late
    ? memoized(entry, lateSlot, (each) => print(session, each, true))
    : memoized(entry, liveSlot, (each) => print(session, each, false));
  return `${head}${attribute("to", session.jid)}${tail}`;
}

const bytesSlot = memoSlot();

/** The same in bytes: encoded once for all. */
function spliced(session: XmppSession, entry: Envelope): Spliced {
  const halves = memoized(entry, bytesSlot, (each) =>
    encoded(memoized(each, liveSlot, (live) => print(session, live, false))),
  );
  return addressedTo(session, halves);
}

function print(session: XmppSession, entry: Envelope, late: boolean): readonly [string, string] {
  const { server } = session;
  const { note } = readEntry(entry);
  const room = jidOfRoom(entry.conversation, server.settings.roomsHost);
  const speaker =
    note.n ??
    nickOf(session, entry.conversation, { user: entry.author, device: entry.device }) ??
    defaultNick(entry.author);
  const moderated = entry.kind === "retraction" && isModerated(entry);
  const from = attribute("from", moderated ? room : `${room}/${legalText(speaker)}`);
  const delay = late ? delayed(room, entry.at) : "";
  const said = moderated ? moderatedRetraction(entry, `${room}/${legalText(speaker)}`) : saidIn(session, entry);
  return [
    `<message xmlns="${ns.client}"${from} type="groupchat"${attribute("id", note.i ?? entry.mid)}${attribute("xml:lang", note.l)}`,
    `>${said}${moderated ? "" : occupantId(server, entry.conversation, entry.author)}${stanzaId(room, entry.mid)}${delay}</message>`,
  ];
}

/** As an archive shows it: to nobody, and with who it was (XEP-0313 §6.1.2), since rooms are not anonymous. */
export function archivedRoom(session: XmppSession, entry: Envelope): string {
  const [head, tail] = print(session, entry, false);
  const affiliation = affiliationOf(session.server, entry.conversation, entry.author);
  const item = `<item affiliation="${affiliation}" role="${roleOf(affiliation)}"${seesAddresses(session, entry.conversation) ? attribute("jid", fullJid(entry.author, entry.device)) : ""}/>`;
  return `${head}${tail.slice(0, -"</message>".length)}<x xmlns="${ns.mucUser}">${item}</x></message>`;
}

function saidIn(session: XmppSession, entry: Envelope): string {
  if (entry.kind === "subject") return `<subject>${escapeText(legalText(entry.body ?? ""))}</subject>`;
  const { retracted, conversation } = entry;
  if (retracted === undefined || !isModerated(entry)) return partsOf(entry);
  const nick =
    nickOf(session, conversation, { user: retracted.by, device: "" as DeviceId }) ?? defaultNick(retracted.by);
  const by = `${jidOfRoom(conversation, session.server.settings.roomsHost)}/${legalText(nick)}`;
  return tombstone(retracted, moderatedBy(by, retracted.reason));
}

/** Typing in the room. */
export function roomTyping(session: XmppSession, signal: TypingSignal, part: string): void {
  const { conversation } = signal;
  const crowd = session.server.core.rooms.occupantCount(conversation) > chatty;
  if (crowd || !occupancies(session).has(conversation)) return;
  const nick = nickOf(session, conversation, signal);
  if (nick === undefined) return;
  const from = attribute("from", `${jidOfRoom(conversation, session.server.settings.roomsHost)}/${legalText(nick)}`);
  session.send(
    `<message xmlns="${ns.client}"${from}${attribute("to", session.jid)} type="groupchat">${part}</message>`,
  );
}

/** The speaker's nick, of the very device or else of any; undefined when it is not in the room. */
function nickOf(
  session: XmppSession,
  room: ConversationId,
  { user, device }: Pick<Envelope, "device"> & { readonly user: UserId },
): string | undefined {
  const theirs = session.server.core.rooms.occupantsOf(room, user);
  return (theirs.find((occupant) => occupant.device === device) ?? theirs[0])?.nick;
}
