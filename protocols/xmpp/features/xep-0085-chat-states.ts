// XEP-0085: typing. A message that says nothing else is a signal, never stored (P6).
import { type Delivery, directOf, peerOf, type TypingSignal } from "#core";
import { fullJid, userOfJid } from "../addressing.ts";
import { listens } from "../availability.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { stateOf } from "../typing-states.ts";
import { roomTyping } from "./xep-0045-muc-messages.ts";
import { copyTyping } from "./xep-0280-carbons.ts";

export const chatStates: Feature = {
  spec: { id: "XEP-0085", title: "Chat State Notifications", version: "2.1", status: "complete" },
  disco: [ns.chatStates],
  payloads: [
    {
      xmlns: ns.chatStates,
      heard: (session, part, to) => {
        const state = stateOf(part.getName());
        if (state === undefined || to.local === "") return false;
        session.server.core.signals.typing(session.core, directOf(session.user, userOfJid(to)), state);
        return true;
      },
    },
  ],
  deliver: { typing },
};

function typing(session: XmppSession, { event }: Delivery): void {
  const signal = event as TypingSignal;
  const part = `<${signal.state} xmlns="${ns.chatStates}"/>`;
  if (signal.conversation.startsWith("room:")) return roomTyping(session, signal, part);
  const writer = fullJid(signal.user, signal.device);
  if (signal.user === session.user) {
    const peer = peerOf(signal.conversation, session.user);
    if (peer !== undefined && peer !== session.user) copyTyping(session, writer, peer, part);
    return;
  }
  if (!listens(session)) return;
  session.send(
    `<message xmlns="${ns.client}"${attribute("from", writer)}${attribute("to", session.jid)} type="chat">${part}</message>`,
  );
}
