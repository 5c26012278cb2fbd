// XEP-0045 §9, §10.2.1: what a room says of itself to those who are in it.
import { type Delivery, faultFrom, type RoomSignal } from "#core";
import { jidOfRoom } from "../addressing.ts";
import { learnRoom, occupancies, seesAddresses } from "../muc-rooms.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { reasonXml } from "./xep-0045-muc-presence.ts";

/** §15.6.2. */
const configured = 104;
const banned = 301;

export function roomNews(session: XmppSession, { event }: Delivery): void {
  const signal = event as RoomSignal;
  const { server } = session;
  if (!occupancies(session).has(signal.conversation)) return;
  if (signal.destroyed !== undefined) return; // each occupant hears of its own end
  // The printing of presence goes by what is known of the room.
  learnRoom(server, signal.conversation).catch((error: unknown) => server.note(faultFrom(error)));
  const room = jidOfRoom(signal.conversation, server.settings.roomsHost);
  const head = `<message xmlns="${ns.client}"${attribute("from", room)}${attribute("to", session.jid)}`;
  const codes = codesOf(signal)
    .map((code) => `<status code="${code}"/>`)
    .join("");
  if (codes !== "") session.send(`${head} type="groupchat"><x xmlns="${ns.mucUser}">${codes}</x></message>`);
  const { member } = signal;
  // §9.1–9.4, §10.3–10.7: of one who is not in the room its occupants MAY be told by a message from the room itself; those
  // who may know the account.
  if (member === undefined || !seesAddresses(session, signal.conversation)) return;
  const item = `<item affiliation="${member.affiliation}"${attribute("jid", member.user)} role="none">${reasonXml(member.reason)}</item>`;
  const code = member.affiliation === "outcast" ? `<status code="${banned}"/>` : "";
  session.send(`${head}><x xmlns="${ns.mucUser}">${item}${code}</x></message>`);
}

/** What has changed, in the words of §10.2.1; what is privacy's business has codes of its own. */
function codesOf({ changed, archived, addresses }: RoomSignal): readonly number[] {
  const news = changed.filter((name) => name !== "locked" && name !== "hats");
  const codes: number[] = [];
  if (news.includes("archived")) codes.push(archived ? 170 : 171);
  if (news.includes("addresses")) codes.push(addresses === "anyone" ? 172 : 173);
  if (news.some((name) => name !== "archived" && name !== "addresses")) codes.push(configured);
  return codes;
}
