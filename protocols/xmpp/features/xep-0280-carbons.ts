// XEP-0280: what one device says and hears, its siblings see.
import type { Envelope } from "#core";
import type { Feature } from "../feature.ts";
import { heardIds } from "../message-ids.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { slot } from "../slot.ts";
import { readEntry } from "../translate.ts";

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

function copy(session: XmppSession, entry: Envelope, direction: "sent" | "received", xml: string): void {
  const place = { conversation: entry.conversation, seq: entry.seq };
  const { note } = readEntry(entry);
  if (!copies(session).on || note.p === 1) return session.out.skipEntry(place);
  // §7: from the account itself, so that nobody else can forge one.
  const head = `<message xmlns="${ns.client}"${attribute("from", session.user)}${attribute("to", session.jid)}${note.t === undefined ? ' type="chat"' : attribute("type", note.t)}>`;
  session.out.sendEntry(
    `${head}<${direction} xmlns="${ns.carbons}"><forwarded xmlns="${ns.forward}">${xml}</forwarded></${direction}></message>`,
    place,
  );
}
