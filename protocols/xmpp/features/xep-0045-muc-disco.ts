// XEP-0045 §6: finding rooms, and what they are like.
import { type ConversationId, type Room, settingsOf } from "#core";
import { infoOf, itemsOf, refuseNode } from "../disco-answers.ts";
import { jidOfRoom } from "../addressing.ts";
import { aboutForm, type FieldType, type FormField, printForm } from "../data-form.ts";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { IqRequest } from "../feature.ts";
import { occupancies } from "../muc-rooms.ts";
import { ns } from "../namespaces.ts";
import { legalText } from "../print.ts";
import { cutPage, printPage, readPageWish } from "../result-set.ts";
import type { XmppSession } from "../session.ts";
import { avatarHash } from "./xep-0486-room-avatars.ts";

const mostListed = 500;
/** Rooms looked at, and shown in one answer. */
const mostRooms = 10_000;
const mostShown = 2_000;
const muc = ns.muc;

export function serviceInfo(iq: IqRequest): string {
  refuseNode(iq);
  return infoOf(
    [{ category: "conference", type: "text", name: "Rooms" }],
    [ns.discoInfo, ns.discoItems, muc, ns.ping, ns.occupantIds, ns.resultSets, ns.hats],
  );
}

/** §6.3: all rooms that are listed; where they are too many, or pages are asked for, a page of them (XEP-0059). */
export async function serviceItems(session: XmppSession, iq: IqRequest): Promise<string> {
  refuseNode(iq);
  const { core, settings } = session.server;
  const wish = readPageWish(iq.payload);
  const listed = (await core.rooms.list(mostRooms))
    .filter((room) => room.listed && !settingsOf(room).locked)
    .map(({ id, title }) => ({ jid: jidOfRoom(id, settings.roomsHost), name: legalText(title) }));
  const { page, shown } = cutPage(listed, wish, mostShown, ({ jid }) => jid);
  const whole = page.length === listed.length && iq.payload.getChild("set", ns.resultSets) === undefined;
  return itemsOf(page, undefined, whole ? "" : printPage(shown));
}

/** §6.4, with §15.5.4 for what changes. */
export async function roomInfo(session: XmppSession, id: ConversationId, { payload }: IqRequest): Promise<string> {
  const { rooms } = session.server.core;
  const node = payload.attrs["node"] ?? "";
  const room = await rooms.find(id);
  if (room === undefined) throw new StanzaError("item-not-found", "no such room");
  if (node === "x-roomuser-item") return reservedNick(session, id, payload);
  if (node === `${muc}#traffic`) return infoOf([], trafficOf(), "", payload); // §6.8
  if (node !== "") throw new StanzaError("item-not-found", "no such node");
  return infoOf(
    [{ category: "conference", type: "text", name: legalText(room.title) }],
    featuresOf(room),
    printForm({ type: "result", fields: fieldsOf(session, room) }),
  );
}

/** §6.7. */
async function reservedNick(session: XmppSession, id: ConversationId, payload: Element): Promise<string> {
  const members = await session.server.core.rooms.members(id);
  const nick = members.find((member) => member.user === session.user)?.nick;
  const identity = !nick ? [] : [{ category: "conference", type: "text", name: legalText(nick) }];
  return infoOf(identity, [], "", payload);
}

/** What the room lets through (§6.8): everything there is. */
function trafficOf(): readonly string[] {
  return [ns.chatStates, ns.markers, ns.correct, ns.reactions, ns.reply, ns.retract];
}

/** §15.3. */
function featuresOf(room: Room): readonly string[] {
  const { password, moderated, persistent, addresses, registration, archived } = settingsOf(room);
  return [
    ...[muc, ns.discoInfo, ns.discoItems, ns.ping, ns.stanzaIds, ns.occupantIds, ns.hats, ns.vcard],
    ...(archived ? [ns.mam, `${ns.mam}#extended`] : []),
    ...[ns.retract, ns.moderate, ns.reactions, ns.reply, ns.fallback],
    ...[`${muc}#stable_id`, `${muc}#self-ping-optimization`, `${muc}#request`],
    ...(registration ? [ns.register, `${muc}#register`] : []),
    password === "" ? "muc_unsecured" : "muc_passwordprotected",
    room.open ? "muc_open" : "muc_membersonly",
    moderated ? "muc_moderated" : "muc_unmoderated",
    persistent ? "muc_persistent" : "muc_temporary",
    room.listed ? "muc_public" : "muc_hidden",
    addresses === "anyone" ? "muc_nonanonymous" : "muc_semianonymous",
  ];
}

/** §15.5.4. */
function fieldsOf({ server }: XmppSession, room: Room): readonly FormField[] {
  const settings = settingsOf(room);
  const field = (name: string, value: string, type: FieldType = "text-single"): FormField => ({
    var: `muc#roominfo_${name}`,
    type,
    values: [value],
  });
  const hash = avatarHash(settings);
  return [
    aboutForm(`${muc}#roominfo`),
    field("description", settings.description),
    field("lang", settings.language),
    field("occupants", String(server.core.rooms.occupantCount(room.id))),
    field("subjectmod", settings.subjectBy === "participants" ? "1" : "0", "boolean"),
    field("changesubject", settings.subjectBy === "participants" ? "1" : "0", "boolean"),
    field("maxhistoryfetch", String(server.settings.roomHistory)),
    field("contactjid", room.createdBy, "jid-multi"),
    ...(hash === undefined ? [] : [{ var: "muc#roominfo_avatarhash", type: "text-multi" as const, values: [hash] }]),
  ];
}

/**
 * §6.5: those who are in it see who else is; so does anybody of a room that all may find and enter, since there "that
 * information is publicly available". Whose presence the room keeps to itself it does not list either.
 */
export async function roomItems(session: XmppSession, id: ConversationId, iq: IqRequest): Promise<string> {
  const { core, settings } = session.server;
  const room = await core.rooms.find(id);
  if (room === undefined) throw new StanzaError("item-not-found", "no such room");
  refuseNode(iq);
  const { password, locked } = settingsOf(room);
  const isPublic = room.listed && room.open && password === "" && !locked;
  const banned = isPublic && (await core.rooms.affiliation(id, session.user)) === "outcast";
  if (!occupancies(session).has(id) && (!isPublic || banned)) return itemsOf([]);
  const nicks = new Set(
    core.rooms
      .occupants(id)
      .filter(({ hidden }) => hidden !== true)
      .slice(0, mostListed)
      .map((occupant) => occupant.nick),
  );
  return itemsOf([...nicks].map((nick) => ({ jid: `${jidOfRoom(id, settings.roomsHost)}/${legalText(nick)}` })));
}
