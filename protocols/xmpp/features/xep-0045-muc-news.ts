// XEP-0045 §9, §10.2.1: what a room says of itself to those who are in it.
import { type Delivery, faultFrom, type RoomSignal } from "#core";
import { jidOfRoom } from "../addressing.ts";
import { learnRoom, occupancies } from "../muc-rooms.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { reasonXml } from "./xep-0045-muc-presence.ts";

/** §15.6.2. */
const configured = 104;

export function roomNews(session: XmppSession, { event }: Delivery): void {
  const signal = event as RoomSignal;
  const { server } = session;
  if (!occupancies(session).has(signal.conversation)) return;
  if (signal.destroyed !== undefined) return; // each occupant hears of its own end
  // The printing of presence goes by what is known of the room.
  learnRoom(server, signal.conversation).catch((error: unknown) => server.note(faultFrom(error)));
  const codes = codesOf(signal)
    .map((code) => `<status code="${code}"/>`)
    .join("");
  const member =
    signal.member === undefined
      ? ""
      : `<item affiliation="${signal.member.affiliation}" role="none"${signal.addresses === "anyone" ? attribute("jid", signal.member.user) : ""}>${reasonXml(signal.member.reason)}</item>`;
  if (codes === "" && (member === "" || signal.addresses !== "anyone")) return;
  const room = jidOfRoom(signal.conversation, server.settings.roomsHost);
  session.send(
    `<message xmlns="${ns.client}"${attribute("from", room)}${attribute("to", session.jid)} type="groupchat">` +
      `<x xmlns="${ns.mucUser}">${member}${codes}</x></message>`,
  );
}

/** What has changed, in the words of §10.2.1; what is privacy's business has codes of its own. */
function codesOf({ changed, archived, addresses }: RoomSignal): readonly number[] {
  const news = changed.filter((name) => name !== "locked");
  const codes: number[] = [];
  if (news.includes("archived")) codes.push(archived ? 170 : 171);
  if (news.includes("addresses")) codes.push(addresses === "anyone" ? 172 : 173);
  if (news.some((name) => name !== "archived" && name !== "addresses")) codes.push(configured);
  return codes;
}
