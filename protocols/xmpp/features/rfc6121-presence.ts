// RFC 6121 §4: presence, told by the client, kept by the core, shown to those who may see it.
import {
  type Delivery,
  memoized,
  memoSlot,
  ownText,
  type PresenceSignal,
  type PresenceUpdate,
  type Show,
  type UserId,
} from "#core";
import { deviceOf, fullJid, type Jid, parseJid, userOfJid } from "../addressing.ts";
import { withAvatar } from "../avatars.ts";
import { availabilityOf, noteDirected } from "../availability.ts";
import { childrenOf, type Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { stanzaOf } from "../component-xml.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { innerOfUpdate, type Shown } from "../presence-parts.ts";
import { relay } from "../relay.ts";
import type { XmppSession } from "../session.ts";
import { innerOf, sourceOf } from "../source.ts";
import { isSubscriptionType, seesContact } from "../subscription-states.ts";
import { requestsTo } from "../subscription-requests.ts";
import { extensionOf, extensionsOf } from "../translate.ts";
import { refuseBlocked } from "./xep-0191-blocking.ts";
import { openInbox, waitForInbox } from "./xep-0160-offline.ts";
import { subscription } from "./rfc6121-subscriptions.ts";

export const presences: Feature = {
  spec: { id: "RFC 6121 §4", title: "Exchanging presence", status: "complete" },
  deliver: { presence: deliver },
  // §4.6.3: also of one that never was available.
  ended: forgetDirected,
};

export function presence(session: XmppSession, stanza: Element): void | Promise<void> {
  const { type } = stanza.attrs;
  const { server } = session;
  if (type === undefined) withAvatar(session, stanza);
  if (stanza.attrs["to"] === undefined) {
    if (type === undefined) return available(session, stanza);
    if (type === "unavailable") return unavailable(session, stanza);
    if (type === "error" || type === "probe") return;
    throw new StanzaError("bad-request", "presence of that type is for somebody"); // §4.7.1
  }
  const to = parseJid(stanza.attrs["to"]);
  if (to === undefined) throw new StanzaError("jid-malformed", "to");
  const service = server.dispatch.serviceAt(server, to.domain);
  if (service !== undefined) return service.presence(session, stanza, to);
  if (to.domain !== server.host) throw new StanzaError("remote-server-not-found", "no federation");
  if (to.local === "") return; // the server has no use for it
  if (type !== "error") refuseBlocked(session, userOfJid(to));
  if (isSubscriptionType(type)) return subscription(session, stanza, userOfJid(to), type);
  if (type === "probe") return probe(session, stanza, userOfJid(to));
  if (type === undefined || type === "unavailable" || type === "error") return direct(session, stanza, to, type);
  throw new StanzaError("bad-request", "no such type of presence");
}

/** §4.2, §4.4: available, or in another way than before. */
async function available(session: XmppSession, stanza: Element): Promise<void> {
  const state = availabilityOf(session);
  const { core } = session.server;
  const update = readPresence(stanza);
  const initial = !state.available;
  state.available = true;
  state.priority = update.priority ?? 0;
  // Before anybody is told: whoever writes to it from then on is not late, even if the log is read a moment later.
  if (!state.inbox) state.since = core.clock.now();
  core.presence.announce(session.core, update);
  for (const feature of session.server.dispatch.features) feature.present?.(session, stanza);
  // §4.2.2: one is subscribed to oneself, this very resource included.
  if (initial) await meet(session);
  else session.send(print(session.user, session.device, { ...update, show: update.show ?? "available" }, session.jid));
  if (state.priority >= 0) await openInbox(session);
  else await waitForInbox(session);
}

/** The session begins to see its contacts, and hears who asked to see it meanwhile (§3.1.3, §4.3). */
async function meet(session: XmppSession): Promise<void> {
  const { core } = session.server;
  core.presence.watch(session.core, session.user);
  const contacts = await core.contacts.list(session.user);
  const asking = contacts.some(({ pendingIn }) => pendingIn) ? await requestsTo(session.server, session.user) : {};
  for (const { contact, pendingIn, ...line } of contacts) {
    if (!session.core.attached) return;
    if (seesContact(line)) core.presence.watch(session.core, contact);
    if (pendingIn)
      session.send(
        `<presence xmlns="${ns.client}"${attribute("from", contact)}${attribute("to", session.user)} type="subscribe">${asking[contact] ?? ""}</presence>`,
      );
  }
}

/** §4.5. */
async function unavailable(session: XmppSession, stanza: Element): Promise<void> {
  const state = availabilityOf(session);
  const { core } = session.server;
  const update = { ...readPresence(stanza), available: false };
  // §4.6.3: who was sent directed presence before initial presence hears the end of it like anybody, a room among them.
  for (const feature of session.server.dispatch.features) feature.unavailable?.(session, update.status);
  forgetDirected(session);
  if (!state.available) return;
  state.available = false;
  core.presence.announce(session.core, update);
  // §4.5.2: also to the resource that generated it.
  session.send(print(session.user, session.device, { ...update, show: "available" }, session.jid));
  core.presence.unwatch(session.core, session.user);
  for (const contact of await core.contacts.list(session.user)) core.presence.unwatch(session.core, contact.contact);
  await waitForInbox(session);
}

/** §4.6: to somebody in particular, who need not be a contact. */
function direct(session: XmppSession, stanza: Element, to: Jid, type: string | undefined): void {
  noteDirected(session, stanza.attrs["to"]!, userOfJid(to), type);
  const { id, "xml:lang": lang } = stanza.attrs;
  tellDirectly(session, to, { type, id, lang }, innerOf(stanza));
}

interface Told {
  readonly type: string | undefined;
  readonly id?: string | undefined;
  readonly lang?: string | undefined;
}

function tellDirectly(session: XmppSession, to: Jid, told: Told, inner: string): void {
  const component = session.server.components.at(to.domain);
  if (component !== undefined) {
    const said = `${attribute("type", told.type)}${attribute("id", told.id)}${attribute("xml:lang", told.lang)}`;
    const between = `${attribute("from", session.jid)}${attribute("to", jidText(to))}`;
    component.send(stanzaOf("presence", between + said, inner));
    return;
  }
  const bare = to.resource === "" ? (true as const) : undefined;
  relay(session, userOfJid(to), bare ? undefined : deviceOf(to.resource), { kind: "presence", ...told, bare }, inner);
}

function jidText({ bare, resource }: Jid): string {
  return resource === "" ? bare : `${bare}/${resource}`;
}

/** Whoever was told directly is told, too, that it is over (§4.6.3). */
function forgetDirected(session: XmppSession): void {
  const { directed } = availabilityOf(session);
  for (const written of directed?.keys() ?? []) tellDirectly(session, parseJid(written)!, { type: "unavailable" }, "");
  directed?.clear();
}

/** §4.3.2: what a subscriber may know anyway. */
async function probe(session: XmppSession, stanza: Element, user: UserId): Promise<void> {
  const { presence: board, blocks } = session.server.core;
  const may = await board.maySee(session.user, user);
  if (!may && blocks.peek(user, session.user) === true) return; // XEP-0191 §3.4: no word
  const there = may ? board.of(user) : [];
  if (there.length > 0) return there.forEach((signal) => show(session, signal));
  session.send(
    `<presence xmlns="${ns.client}"${attribute("from", user)}${attribute("to", session.jid)}${attribute("id", stanza.attrs["id"])} type="${may ? "unavailable" : "unsubscribed"}"/>`,
  );
}

/** A contact, or another device of the account, said how it is. */
function deliver(session: XmppSession, { event }: Delivery): void {
  if (availabilityOf(session).available) show(session, event as PresenceSignal);
}

/** The session no longer sees the contact: it is as good as gone (§3.2.2). */
export function stopSeeing(session: XmppSession, contact: UserId): void {
  const { presence: board } = session.server.core;
  const there = board.of(contact);
  if (!board.unwatch(session.core, contact)) return; // who saw nothing learns of no resource
  for (const signal of there) show(session, { ...signal, memo: [], available: false });
}

const around = memoSlot();

function show(session: XmppSession, signal: PresenceSignal): void {
  const [head, tail] = memoized(signal, around, split);
  session.send(head + attribute("to", session.jid) + tail);
}

/** Printed once for all who see it, with a gap where each one's address goes. */
function split(signal: PresenceSignal): readonly [string, string] {
  const [head, tail] = halves(signal.user, signal.device, signal);
  return [head, tail];
}

function print(user: UserId, device: PresenceSignal["device"], update: Shown, to: string): string {
  const [head, tail] = halves(user, device, update);
  return head + attribute("to", to) + tail;
}

function halves(user: UserId, device: PresenceSignal["device"], update: Shown): readonly [string, string] {
  const note = extensionOf(update)?.note;
  const about = `${attribute("id", note?.i)}${attribute("xml:lang", note?.l)}`;
  const head = `<presence xmlns="${ns.client}"${attribute("from", fullJid(user, device))}${about}`;
  const inner = innerOfUpdate(update);
  const type = update.available ? "" : ' type="unavailable"';
  return [head, inner === "" ? `${type}/>` : `${type}>${inner}</presence>`];
}

const shows: readonly string[] = ["chat", "away", "xa", "dnd"] satisfies readonly Show[];

/**
 * What the stanza says, the core's part of it and the rest, but for parts of the namespaces `but`. Also of a room's occupant. It is
 * kept for as long as the client is there, and the stanza is not.
 */
export function readPresence(stanza: Element, but?: ReadonlySet<string | undefined>): PresenceUpdate {
  let shown: Show = "available";
  let status: string | undefined;
  let priority = 0;
  let parts = "";
  for (const part of childrenOf(stanza)) {
    const name = part.getNS() === ns.client ? part.getName() : "";
    const text = name === "" ? "" : part.getText();
    if (name === "show") {
      if (!shows.includes(text)) throw new StanzaError("bad-request", "no such show"); // §4.7.2.1
      shown = text as Show;
    } else if (name === "priority") {
      priority = Number(text);
      if (!/^[+-]?\d{1,3}$/.test(text) || priority < -128 || priority > 127)
        throw new StanzaError("bad-request", "no such priority");
    } else if (name === "status" && status === undefined && part.attrs["xml:lang"] === undefined) {
      status = ownText(text);
    } else if (but === undefined || !but.has(part.getNS())) parts += sourceOf(part);
  }
  const { id: i, "xml:lang": l } = stanza.attrs;
  const more = parts !== "" || i !== undefined || l !== undefined;
  const extensions = more ? extensionsOf({ i: i && ownText(i), l }, ownText(parts)) : undefined;
  return { available: true, show: shown, status, priority, extensions };
}
