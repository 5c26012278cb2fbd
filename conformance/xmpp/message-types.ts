// Messages as checks write them: of each type (RFC 6121 §5.2.2), known again by a word that is their id, and chat.
import { ns } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";

export type MessageType = "normal" | "chat" | "groupchat" | "headline" | "error";

export const errorPart = `<error type="cancel"><gone xmlns="${ns.stanzaErrors}"/></error>`;

/** A message of type normal says so by having none. */
export function messageOf(type: MessageType, to: string, word: string): string {
  return `<message xmlns="jabber:client" id="${word}"${type === "normal" ? "" : ` type="${type}"`} to="${to}"><body>${word}</body>${type === "error" ? errorPart : ""}</message>`;
}

/** A chat message without an id. */
export function chat(to: string, body: string, extra = ""): string {
  return `<message xmlns="jabber:client" type="chat" to="${to}"><body>${body}</body>${extra}</message>`;
}

export function isMessage(xml: Xml, word: string): boolean {
  return xml.is("message", ns.client) && xml.attributes["id"] === word;
}
