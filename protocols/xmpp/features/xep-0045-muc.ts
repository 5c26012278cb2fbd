// XEP-0045: rooms, as a service of its own. What lasts is the core's; this is one view of it.
import { opaqueString } from "#core";
import { roomOfJid, type Jid } from "../addressing.ts";
import type { Element } from "../element.ts";
import { firstChildOf } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, Service } from "../feature.ts";
import { giveUpAll } from "../fresh-rooms.ts";
import { occupancies } from "../muc-rooms.ts";
import { rememberPlace } from "../muc-places.ts";
import { ns } from "../namespaces.ts";
import { relay } from "../relay.ts";
import type { XmppSession } from "../session.ts";
import { innerOf } from "../source.ts";
import { roomInfo, roomItems, serviceInfo, serviceItems } from "./xep-0045-muc-disco.ts";
import { roomEntry, roomMessage } from "./xep-0045-muc-messages.ts";
import { enterOrChange, leave, leaveAll, probe } from "./xep-0045-muc-occupancy.ts";
import { configure, configuration } from "./xep-0045-muc-owner.ts";
import { roomNews } from "./xep-0045-muc-news.ts";
import { occupantNews } from "./xep-0045-muc-presence.ts";
import { adminChange, adminList, kicksItself } from "./xep-0045-muc-admin.ts";
import { registerNick, registrationForm } from "./xep-0045-muc-registration.ts";
import { roomCard, setRoomCard } from "./xep-0486-room-avatars.ts";
import { cardOf } from "./xep-0054-vcard.ts";
import { moderate } from "./xep-0425-moderation.ts";

const service: Service = {
  domain: (server) => server.settings.roomsHost,
  name: "Rooms",
  message: roomMessage,
  presence,
  iq,
};

export const muc: Feature = {
  spec: {
    id: "XEP-0045",
    title: "Multi-User Chat",
    version: "1.35.1",
    status: "complete",
    note: "private messages and IQs reach XMPP clients alone",
  },
  service,
  deliver: { room: roomEntry, occupant: occupantNews, roomNews },
  unavailable: leaveAll,
  ended: giveUpAll,
};

/** XEP-0410: who lost its room without noticing finds out by pinging itself. */
export const selfPing: Feature = {
  spec: { id: "XEP-0410", title: "MUC Self-Ping (Schrödinger's Chat)", version: "1.1.0", status: "complete" },
};

export const occupantIds: Feature = {
  spec: { id: "XEP-0421", title: "Occupant identifiers", version: "0.2.0", status: "complete" },
};

function presence(session: XmppSession, stanza: Element, to: Jid): void | Promise<void> {
  const { type } = stanza.attrs;
  if (to.local === "" || type === "error") return;
  const room = roomOfJid(to, session.server.host);
  if (type === "unavailable") {
    rememberPlace(session, room, false);
    return leave(session, room, stanza.getChildText("status", ns.client) ?? undefined, stanza.attrs["id"]);
  }
  if (type === "probe") return probe(session, room, to.resource);
  if (type !== undefined) throw new StanzaError("bad-request", "rooms have no subscriptions");
  // §7.7 of who is in the room already needs no nick.
  const written =
    to.resource === "" && stanza.getChild("x", ns.muc) === undefined
      ? occupancies(session).get(room)?.nick
      : to.resource;
  const nick = written === undefined ? undefined : opaqueString(written);
  if (nick === undefined || nick.trim() === "") throw new StanzaError("jid-malformed", "no nick"); // §7.2.1
  return enterOrChange(session, room, nick, stanza);
}

function iq(session: XmppSession, stanza: Element, to: Jid): void | Promise<void> {
  if (to.resource !== "") return toOccupant(session, stanza, to);
  const { type } = stanza.attrs;
  if (type !== "get" && type !== "set") return;
  const payload = firstChildOf(stanza);
  if (payload === undefined) throw new StanzaError("bad-request", "an IQ asks one thing");
  const asked = `${type} ${payload.getNS()}`;
  const request = { stanza, payload, to };
  if (to.local === "") {
    if (asked === `get ${ns.discoInfo}`) return session.answer(stanza, serviceInfo(request));
    if (asked === `get ${ns.discoItems}`) return session.answer(stanza, serviceItems(session, request));
    if (asked === `get ${ns.ping}`) return session.answer(stanza, undefined);
  } else {
    const room = roomOfJid(to, session.server.host);
    if (asked === `get ${ns.discoInfo}`) return session.answer(stanza, roomInfo(session, room, request));
    if (asked === `get ${ns.discoItems}`) return session.answer(stanza, roomItems(session, room, request));
    if (asked === `get ${ns.mucOwner}`) return session.answer(stanza, configuration(session, room));
    if (asked === `set ${ns.moderate}`) return session.answer(stanza, moderate(session, room, request));
    if (asked === `get ${ns.mucAdmin}`) return session.answer(stanza, adminList(session, room, payload));
    // §8.2: "After removing the kicked occupant(s), the service MUST then inform the moderator of success", who may be the same.
    if (asked === `set ${ns.mucAdmin}` && kicksItself(session, room, payload))
      return session.answer(stanza, adminChange(session, room, payload));
    if (asked === `set ${ns.mucAdmin}`)
      return answeredFirst(session, stanza, () => adminChange(session, room, payload));
    if (asked === `get ${ns.register}`) return session.answer(stanza, registrationForm(session, room));
    if (asked === `set ${ns.register}`) return session.answer(stanza, registerNick(session, room, request));
    if (asked === `get ${ns.vcard}`) return session.answer(stanza, roomCard(session, room));
    if (asked === `set ${ns.vcard}`) return session.answer(stanza, setRoomCard(session, room, request));
    if (asked === `get ${ns.ping}`) return session.answer(stanza, undefined);
    if (asked === `set ${ns.mucOwner}`) return session.answer(stanza, configure(session, room, payload));
    const handler = session.server.dispatch.iqHandler("room", type, payload);
    if (handler !== undefined) return session.answer(stanza, handler.answer(session, request));
  }
  throw new StanzaError("service-unavailable", "rooms answer no such IQ");
}

/**
 * §9.3: "The service MUST add the user to the member list and then inform the admin of success … the service MUST then send updated
 * presence", and so §8.2–§8.5, §9.1–§9.8 and §10.3–§10.8. What the room says of it waits in the outbox for the answer, and leaves in
 * one write with it. §10.2 and §10.9 name no order: there the answer comes last, so that who looks at the room behind it sees it
 * as it has become.
 */
async function answeredFirst(
  session: XmppSession,
  stanza: Element,
  change: () => Promise<string | undefined>,
): Promise<void> {
  session.out.hold();
  try {
    await session.answer(stanza, change());
  } finally {
    session.out.release();
  }
}

/** §17.4 and XEP-0410: to oneself it is answered here, to another it is carried. */
function toOccupant(session: XmppSession, stanza: Element, to: Jid): void | Promise<void> {
  const room = roomOfJid(to, session.server.host);
  const mine = occupancies(session).get(room);
  const { type, id } = stanza.attrs as { readonly type: string; readonly id: string };
  const asks = type === "get" || type === "set";
  if (mine === undefined) {
    const query = firstChildOf(stanza)?.getNS();
    // §6.6: "If a non-occupant attempts to send a disco request to an address of the form <room@service/nick>, a MUC
    // service MUST return a <bad-request/> error."; the rest by XEP-0410 §3.3.
    if (asks && (query === ns.discoInfo || query === ns.discoItems))
      throw new StanzaError("bad-request", "not in the room");
    if (asks) throw new StanzaError("not-acceptable", "not in the room");
    return;
  }
  if (mine.nick === to.resource && asks && firstChildOf(stanza)?.is("ping", ns.ping))
    return session.answer(stanza, undefined);
  const known = session.server.core.rooms.occupantsNamed(room, to.resource);
  // XEP-0153 §4.2: who shows a photo's hash in the room means the account's card, and that is kept here.
  if (type === "get" && known.length > 0 && firstChildOf(stanza)?.is("vCard", ns.vcard))
    return session.answer(stanza, cardOf(session, known[0]!.user));
  const target = known.find((occupant) => occupant.device.startsWith("xmpp:"));
  const from = `${to.bare}/${mine.nick}`;
  const told =
    target !== undefined && relay(session, target.user, target.device, { kind: "iq", type, id, from }, innerOf(stanza));
  if (!told && asks)
    throw new StanzaError(target === undefined ? "item-not-found" : "service-unavailable", "no such occupant");
}
