// RFC 6121 §5, §8: messages from person to person.
import {
  type ConversationId,
  type Delivery,
  directOf,
  type Envelope,
  type Fault,
  hostOf,
  memoized,
  memoSlot,
  peerOf,
  type UserId,
} from "#core";
import { isOwnResource, deviceOf, type Jid, parseJid, userOfJid } from "../addressing.ts";
import { callIn } from "../calls.ts";
import { availabilityOf, listens } from "../availability.ts";
import { type Content, contentOf, isKept } from "../content.ts";
import { childrenOf, type Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { frameOf } from "../direct-frame.ts";
import { heardIds, sentIds } from "../message-ids.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { relay } from "../relay.ts";
import type { Posted, XmppSession } from "../session.ts";
import { slot } from "../slot.ts";
import { innerOf } from "../source.ts";
import { isAbout, plainly, postAbout } from "../relations.ts";
import { directNote, extensionsOf, partsOf, readEntry } from "../translate.ts";
import { directInvitation, mediated } from "./xep-0045-muc-invites.ts";
import { refuseBlocked, refuseByBlocker } from "./xep-0191-blocking.ts";
import { copyFleeting, copyReceived, copySent } from "./xep-0280-carbons.ts";
import { delayed, isLate } from "./xep-0203-delay.ts";
import { stanzaId } from "./xep-0359-stanza-ids.ts";

export const messages: Feature = {
  spec: { id: "RFC 6121 §5", title: "Exchanging messages", status: "complete" },
  deliver: { direct },
};

/** A message from the client, wherever it goes. */
export function message(session: XmppSession, stanza: Element): void | Promise<void> {
  const { server } = session;
  const written = stanza.attrs["to"] ?? session.user; // RFC 6120 §10.3.1
  const to = parseJid(written);
  if (to === undefined) throw new StanzaError("jid-malformed", "to");
  const service = server.dispatch.serviceAt(server, to.domain);
  if (service !== undefined) return service.message(session, stanza, to);
  if (to.domain !== server.host) throw new StanzaError("remote-server-not-found", "no federation");
  if (to.local === "") throw new StanzaError("service-unavailable", "nobody reads messages to the server");
  return toPerson(session, stanza, to);
}

function toPerson(session: XmppSession, stanza: Element, to: Jid): void | Promise<void> {
  const type = typeOf(stanza);
  if (type !== "error") refuseBlocked(session, userOfJid(to));
  const looking = type === "error" || type === "headline" ? undefined : refuseByBlocker(session, userOfJid(to));
  if (looking !== undefined) return looking.then(() => unblocked(session, stanza, to, type));
  return unblocked(session, stanza, to, type);
}

function unblocked(session: XmppSession, stanza: Element, to: Jid, type: string): void | Promise<void> {
  if (type === "groupchat") return groupchat(session, stanza, to);
  if (type === "error" || type === "headline")
    return passOn(session, stanza, to, type === "error" && to.resource === "");
  const content = contentOf(stanza, session.server);
  if (!isKept(content)) return fleeting(session, stanza, to, content);
  if (type === "normal" && !isThere(session, to)) throw new StanzaError("service-unavailable", "no such resource");
  return keep(session, stanza, { conversation: directWith(session, userOfJid(to)), to }, content);
}

interface Destination {
  readonly conversation: ConversationId;
  readonly to: Jid;
}

/** Stores the message. */
export function keep(
  session: XmppSession,
  stanza: Element,
  { conversation, to }: Destination,
  content: Content,
): void | Promise<void> {
  const { attrs } = stanza;
  const posted: Posted = { id: attrs["id"], to: attrs["to"], type: typeOf(stanza), stanza, stored, refused };
  const note = directNote(stanza, to, content);
  const { user: author, device } = session;
  const { originId, invitation } = content;
  if (isAbout(content))
    return postAbout(session, { conversation, author, device, originId }, content, { posted, note });
  const asks = invitation === undefined ? undefined : directInvitation(session.server, invitation);
  const step = content.call === undefined || content.body !== undefined ? undefined : callIn(content.call);
  const { body, parts, relation } = step === undefined ? plainly(content) : { ...content, relation: { call: step } };
  session.post(
    {
      conversation,
      kind: step !== undefined ? "call" : asks === undefined ? "message" : "invitation",
      author,
      device,
      originId,
      body,
      extensions: extensionsOf(note, parts),
      relation: asks === undefined ? relation : { ...asks, target: undefined },
    },
    posted,
  );
}

const mostTalks = 64;
/** Conversations of the session, by whom they are with: the same string each time is found faster by those who look it up. */
const talks = slot(() => new Map<UserId, ConversationId>());

function directWith(session: XmppSession, peer: UserId): ConversationId {
  const known = talks(session);
  let conversation = known.get(peer);
  if (conversation === undefined) {
    if (known.size >= mostTalks) known.clear();
    known.set(peer, (conversation = directOf(session.user, peer)));
  }
  return conversation;
}

/** §8.5.2.1.1: an account is no room. §8.5.3.1: what a resource is sent it gets, whatever its type. */
function groupchat(session: XmppSession, stanza: Element, to: Jid): void {
  if (to.resource === "" || !isThere(session, to)) throw new StanzaError("service-unavailable", "not a room");
  passOn(session, stanza, to, false, true);
}

/**
 * §8.5.3.2.1: what is of type `normal` and for a resource that is not there is refused, and never for the others. While a
 * resource may be on another node the log has it, and brings it to the account if need be.
 */
function isThere(session: XmppSession, { resource, ...to }: Jid): boolean {
  if (resource === "") return true;
  return session.server.core.signals.mayReach(userOfJid({ resource, ...to }), deviceOf(resource));
}

/** §5.2.2: what is no type is the default one. */
function typeOf(stanza: Element): string {
  const type = stanza.attrs["type"];
  return type === "chat" || type === "error" || type === "groupchat" || type === "headline" ? type : "normal";
}

function stored(
  session: XmppSession,
  _posted: Posted,
  { envelope, duplicate }: { readonly envelope: Envelope; readonly duplicate: boolean },
): void {
  sentIds(session).add(envelope);
  // The log brings a device nothing of its own; who writes to himself hears it all the same.
  const peer = peerOf(envelope.conversation, session.user);
  if (peer !== session.user || duplicate) return;
  const { r } = readEntry(envelope).note;
  if (r === session.resource || (r === undefined && listens(session))) session.send(directXml(envelope, false));
}

/** §8.5.1: nobody learns from this who has an account. */
function refused(fault: Fault): Fault {
  return fault.code === "not-found" ? new StanzaError("service-unavailable", "nobody there") : fault;
}

/** A message that is not kept: its meaning goes to the core, or it goes to the other's clients as it is (P6). */
function fleeting(session: XmppSession, stanza: Element, to: Jid, content: Content): void {
  let understood = false;
  let more = content.body !== undefined;
  for (const part of childrenOf(stanza)) {
    const xmlns = part.getNS();
    if (xmlns === ns.hints || xmlns === ns.stanzaIds) continue;
    // What is typed is told to all devices: not so what is not to be copied.
    const handler = content.noCopy && xmlns === ns.chatStates ? undefined : session.server.dispatch.payload(xmlns);
    if (handler?.heard(session, part, to)) understood = true;
    else if (xmlns !== ns.client || part.getName() !== "thread") more = true;
  }
  if (!more && understood) return;
  const { type, id } = stanza.attrs;
  // §8.5.3.2.1: for a resource that is not there is for the account.
  if (type === "chat" && !isThere(session, to)) to = { ...to, resource: "" };
  passOn(session, stanza, to, false, content.body !== undefined);
  if (content.noCopy || (type !== "chat" && content.body === undefined)) return;
  const bare = to.resource === "" ? (true as const) : undefined;
  copyFleeting(session, to, { kind: "message", type, id, lang: stanza.attrs["xml:lang"], bare }, innerOf(stanza));
}

/** To the clients that are there, never stored. */
function passOn(session: XmppSession, stanza: Element, to: Jid, drop: boolean, refuse = false): void {
  if (drop) return;
  const { type, id } = stanza.attrs;
  const lang = stanza.attrs["xml:lang"];
  const bare = to.resource === "" ? (true as const) : undefined;
  const device = bare ? undefined : deviceOf(to.resource);
  const told = relay(session, userOfJid(to), device, { kind: "message", type, id, lang, bare }, innerOf(stanza));
  if (!told && refuse) throw new StanzaError("service-unavailable", "nobody there, and not to be kept"); // XEP-0334 §4.3
}

/** A direct entry that reached the session's outbox. */
function direct(session: XmppSession, delivery: Delivery): void {
  const entry = delivery.event as Envelope;
  const { conversation, seq } = entry;
  const { note } = readEntry(entry);
  const mine = entry.author === session.user && peerOf(conversation, session.user) !== session.user;
  const here = note.r === session.resource;
  const state = availabilityOf(session);
  const late = isLate(session, delivery, state.since);
  if (!state.inbox) {
    // Not acknowledged: what else there is comes from the log, once the client takes messages.
    if (mine || !here) return;
    (state.early ??= new Set()).add(entry.mid);
    return session.send(directXml(entry, false));
  }
  if (!isShown(entry) || state.early?.delete(entry.mid) === true) return session.out.skipEntry({ conversation, seq });
  const brought = mediated(session.server, entry);
  if (brought !== undefined) {
    if (mine) return session.out.skipEntry({ conversation, seq });
    const delay = late ? delayed(session.server.host, entry.at) : "";
    const id = stanzaId(session.user, entry.mid);
    const head = `<message xmlns="${ns.client}"${attribute("from", brought.from)}${attribute("to", session.user)}${attribute("id", entry.mid)}>`;
    return session.out.sendEntry(`${head}${brought.parts}${id}${delay}</message>`, { conversation, seq });
  }
  if (mine) return copySent(session, entry, directXml(entry, late));
  if (!here && !late && isElsewhere(session, note.r)) return copyReceived(session, entry, directXml(entry, false));
  heardIds(session).add(entry);
  session.out.sendEntry(directXml(entry, late), { conversation, seq });
}

/** Nothing but messages, and what is said about them. */
function isShown({ kind }: Envelope): boolean {
  return kind !== "membership" && kind !== "subject" && kind !== "pin";
}

/** §8.5.3.1: a message to a full JID is for that resource, while it is there. */
function isElsewhere(session: XmppSession, resource: string | undefined): boolean {
  if (resource === undefined || !isOwnResource(resource)) return false;
  const device = deviceOf(resource);
  return session.server.core.presence.of(session.user).some((signal) => signal.device === device);
}

const liveSlot = memoSlot();
const lateSlot = memoSlot();

/** The same for all devices of the recipient: made once. */
function directXml(entry: Envelope, late: boolean): string {
  return late ? memoized(entry, lateSlot, printLate) : memoized(entry, liveSlot, printLive);
}

function printLive(entry: Envelope): string {
  return print(entry, "");
}

function printLate(entry: Envelope): string {
  return print(entry, delayed(hostOf(entry.author), entry.at));
}

/** As an archive shows it (XEP-0313 §4.2). */
export function archivedDirect(entry: Envelope): string {
  return print(entry, undefined);
}

/** `delay` undefined: as it was sent, without what we say of it. */
function print(entry: Envelope, delay: string | undefined): string {
  const { note } = readEntry(entry);
  const [head, tail] = frameOf(entry, note);
  const id = attribute("id", note.i ?? entry.mid);
  const said = delay === undefined ? "" : `${tail}${entry.mid}"/>${delay}`;
  return `${head}${id}${attribute("xml:lang", note.l)}>${partsOf(entry)}${said}</message>`;
}
