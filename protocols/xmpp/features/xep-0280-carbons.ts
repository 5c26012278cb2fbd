// XEP-0280: what one device says and hears, its siblings see.
import type { Envelope, RelaySignal } from "#core";
import { fullJid, type Jid, userOfJid } from "../addressing.ts";
import { listens } from "../availability.ts";
import type { Feature } from "../feature.ts";
import { heardIds } from "../message-ids.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { type Relayed, relay } from "../relay.ts";
import type { XmppSession } from "../session.ts";
import { slot } from "../slot.ts";
import { readEntry } from "../translate.ts";

type Direction = "sent" | "received";

const copies = slot(() => ({ on: false }));

export const carbons: Feature = {
  spec: { id: "XEP-0280", title: "Message Carbons", version: "1.0.1", status: "complete" },
  disco: [ns.carbons],
  inBind: {
    xmlns: ns.carbons,
    begin: (session) => {
      turn(session, true); // XEP-0386 §3.2: "as this operation MUST succeed, no response is necessary"
      return "";
    },
  },
  iq: [
    { type: "set", name: "enable", xmlns: ns.carbons, to: ["own"], answer: (session) => turn(session, true) },
    { type: "set", name: "disable", xmlns: ns.carbons, to: ["own"], answer: (session) => turn(session, false) },
  ],
};

function turn(session: XmppSession, on: boolean): undefined {
  copies(session).on = on;
}

/** An entry that another device of the account wrote; late ones too: who was away is owed the other half of the talk (P4). */
export function copySent(session: XmppSession, entry: Envelope, xml: string): void {
  copy(session, entry, "sent", xml);
}

/** An entry that was sent to another resource of the account. */
export function copyReceived(session: XmppSession, entry: Envelope, xml: string): void {
  if (copies(session).on) heardIds(session).add(entry);
  copy(session, entry, "received", xml);
}

function copy(session: XmppSession, entry: Envelope, direction: Direction, xml: string): void {
  const place = { conversation: entry.conversation, seq: entry.seq };
  const { note } = readEntry(entry);
  if (!copies(session).on || note.p === 1) return session.out.skipEntry(place);
  session.out.sendEntry(carbon(session, direction, note.t ?? "chat", xml), place);
}

/** §7: from the account itself, so that nobody else can forge one. */
function carbon(session: XmppSession, direction: Direction, type: string | undefined, xml: string): string {
  const head = `<message xmlns="${ns.client}"${attribute("from", session.user)}${attribute("to", session.jid)}${attribute("type", type)}>`;
  return `${head}<${direction} xmlns="${ns.carbons}"><forwarded xmlns="${ns.forward}">${xml}</forwarded></${direction}></message>`;
}

type RelayedMessage = Extract<Relayed, { readonly kind: "message" }>;

/** §6.1: a message that is never stored is none the less copied, to the other resources of both sides. */
export function copyFleeting(session: XmppSession, to: Jid, message: RelayedMessage, inner: string): void {
  const user = userOfJid(to);
  const address = message.bare ? user : `${user}/${to.resource}`;
  for (const direction of ["received", "sent"] as const) {
    const whose = direction === "received" ? user : session.user;
    if (direction === "received" || user !== session.user)
      relay(session, whose, undefined, { ...message, copy: { direction, to: address } }, inner);
  }
}

/** Such a copy, come to one of the account's resources: unless it is the sender, or has the message itself. */
export function copyRelayed(session: XmppSession, signal: RelaySignal, message: RelayedMessage, inner: string): void {
  const { direction, to } = message.copy!;
  if (!copies(session).on) return;
  if (signal.from === session.user && signal.fromDevice === session.device) return;
  if (direction === "received" && (message.bare ? listens(session) : session.jid === to)) return;
  session.send(
    carbon(session, direction, message.type, original(fullJid(signal.from, signal.fromDevice), message, inner)),
  );
}

/** What was typed by another device of the account. */
export function copyTyping(session: XmppSession, from: string, to: string, inner: string): void {
  if (!copies(session).on || !listens(session)) return;
  const message: RelayedMessage = { kind: "message", type: "chat", copy: { direction: "sent", to } };
  session.send(carbon(session, "sent", "chat", original(from, message, inner)));
}

function original(from: string, { type, id, lang, copy: about }: RelayedMessage, inner: string): string {
  const told = `${attribute("type", type)}${attribute("id", id)}${attribute("xml:lang", lang)}`;
  return `<message xmlns="${ns.client}"${attribute("from", from)}${attribute("to", about!.to)}${told}>${inner}</message>`;
}
