// XEP-0045 §6: finding rooms, and what they are like.
import type { ConversationId } from "#core";
import { jidOfRoom } from "../addressing.ts";
import { StanzaError } from "../faults.ts";
import type { IqRequest } from "../feature.ts";
import { occupancies } from "../muc-rooms.ts";
import { ns } from "../namespaces.ts";
import { legalText } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { infoOf, itemsOf, refuseNode } from "./xep-0030-disco.ts";

const mostListed = 500;

export function serviceInfo(iq: IqRequest): string {
  refuseNode(iq);
  return infoOf(
    [{ category: "conference", type: "text", name: "Rooms" }],
    [ns.discoInfo, ns.discoItems, ns.muc, ns.ping],
  );
}

export async function serviceItems(session: XmppSession, iq: IqRequest): Promise<string> {
  refuseNode(iq);
  const { core, settings } = session.server;
  const rooms = await core.rooms.list(mostListed);
  return itemsOf(
    rooms
      .filter((room) => room.listed)
      .map(({ id, title }) => ({ jid: jidOfRoom(id, settings.roomsHost), name: legalText(title) })),
  );
}

/** §6.4, with §15.5.4 for what changes. */
export async function roomInfo(session: XmppSession, id: ConversationId, { payload }: IqRequest): Promise<string> {
  const { rooms } = session.server.core;
  const node = payload.attrs["node"] ?? "";
  if (node === "x-roomuser-item") throw new StanzaError("service-unavailable", "no nick is reserved"); // §6.6
  if (node !== "") throw new StanzaError("item-not-found", "no such node");
  const room = await rooms.find(id);
  if (room === undefined) throw new StanzaError("item-not-found", "no such room");
  const features = [
    ns.muc,
    ns.discoInfo,
    ns.stanzaIds,
    ns.mam,
    `${ns.mam}#extended`,
    ...[ns.retract, ns.moderate, ns.reactions, ns.reply, ns.fallback],
    "http://jabber.org/protocol/muc#stable_id",
    "muc_persistent",
    "muc_unmoderated",
    "muc_nonanonymous",
    "muc_unsecured",
    room.open ? "muc_open" : "muc_membersonly",
    room.listed ? "muc_public" : "muc_hidden",
  ];
  const form =
    `<x xmlns="${ns.dataForms}" type="result">` +
    `<field var="FORM_TYPE" type="hidden"><value>http://jabber.org/protocol/muc#roominfo</value></field>` +
    `<field var="muc#roominfo_occupants" type="text-single"><value>${rooms.occupants(id).length}</value></field></x>`;
  return infoOf([{ category: "conference", type: "text", name: legalText(room.title) }], features, form);
}

/** §6.5: those who are in it see who else is. */
export function roomItems(session: XmppSession, id: ConversationId): string {
  const { core, settings } = session.server;
  if (!occupancies(session).has(id)) return itemsOf([]);
  const nicks = new Set(
    core.rooms
      .occupants(id)
      .slice(0, mostListed)
      .map((occupant) => occupant.nick),
  );
  return itemsOf([...nicks].map((nick) => ({ jid: `${jidOfRoom(id, settings.roomsHost)}/${legalText(nick)}` })));
}
