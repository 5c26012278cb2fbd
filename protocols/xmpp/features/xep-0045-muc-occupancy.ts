// XEP-0045 §7.2, §7.6, §7.14: coming into a room, changing there, and leaving it.
import { type ConversationId, Fault, type OccupantSignal } from "#core";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import { giveUp, isBeingConfigured, locksRooms, made, unlockForgotten } from "../fresh-rooms.ts";
import { learnRoom, mostRooms, occupancies, settingsKnown } from "../muc-rooms.ts";
import { rememberPlace } from "../muc-places.ts";
import { ns } from "../namespaces.ts";
import { learnOccupantKey } from "../occupant-ids.ts";
import type { XmppSession } from "../session.ts";
import { readHistoryWish, sendHistory } from "./xep-0045-muc-history.ts";
import { sendOccupant, sendOthers, status } from "./xep-0045-muc-presence.ts";
import { readPresence } from "./rfc6121-presence.ts";
import { roomsOwn } from "../unforged.ts";

const nonAnonymous = 100;
const logged = 170;

/** Presence to `room/nick`: to come in, to change nick, or to say how one is. */
export function enterOrChange(
  session: XmppSession,
  room: ConversationId,
  nick: string,
  stanza: Element,
): Promise<void> {
  const mine = occupancies(session).get(room);
  const joins = stanza.getChild("x", ns.muc);
  // With <x/> it is the client that says it is not in the room, and it knows best (§7.2.1).
  if (joins !== undefined) return enter(session, room, nick, stanza, joins);
  if (mine === undefined) throw new StanzaError("not-acceptable", "not in the room");
  return change(session, room, nick, stanza);
}

/** §7.2.2: who is here, oneself, what was said, the subject; and then what is said from now on. */
async function enter(
  session: XmppSession,
  room: ConversationId,
  nick: string,
  stanza: Element,
  joins: Element,
): Promise<void> {
  const { rooms, conversations } = session.server.core;
  const wish = readHistoryWish(joins, session.server);
  const mine = occupancies(session);
  if (!mine.has(room) && mine.size >= mostRooms) throw new StanzaError("resource-constraint", "in too many rooms");
  const before = mine.get(room)?.nick;
  const again = before !== undefined;
  await learnOccupantKey(session.server);
  // What the room says meanwhile waits in the outbox until its history is out.
  session.out.hold();
  try {
    const isNew = !again && (await make(session, room));
    const password = joins.getChildText("password", ns.muc) ?? undefined;
    const others = await appear(session, room, { nick, stanza, password });
    mine.set(room, { nick });
    await learnRoom(session.server, room);
    const history = await sendHistory.read(session, room, wish);
    await conversations.open(session.core, room, history.last);
    if (again && before !== nick) sendRenamed(session, room, before, nick);
    if (!(await sendOthers(session, room, others))) return;
    sendOccupant(session, selfSignal(session, room), {
      nick,
      present: true,
      statuses: [...conditionsOf(session, room), status.self, ...(isNew ? [status.created] : [])],
      id: stanza.attrs["id"],
    });
    sendHistory.write(session, room, history);
    rememberPlace(session, room, true);
  } catch (error) {
    if (!again && session.core.attached) {
      mine.delete(room);
      rooms.exit(session.core, room);
      conversations.shut(session.core, room);
    }
    throw await refusalOf(session, room, error);
  } finally {
    session.out.release();
  }
}

/** §7.2.3, §7.2.12: what everybody should know who comes in. */
function conditionsOf(session: XmppSession, room: ConversationId): readonly number[] {
  const { addresses, archived } = settingsKnown(session.server, room);
  return [...(addresses === "anyone" ? [nonAnonymous] : []), ...(archived ? [logged] : [])];
}

/** §10.1: a room that is not there is made. True when it was. */
async function make(session: XmppSession, room: ConversationId): Promise<boolean> {
  const { rooms } = session.server.core;
  const found = await rooms.find(room);
  if (found !== undefined) {
    await unlockForgotten(session.server, found);
    return false;
  }
  try {
    await rooms.create(room, session.user, locksRooms(session) ? { locked: true } : {});
    made(session, room);
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === "conflict") return false; // another was quicker
    throw error;
  }
}

interface Appearance {
  readonly nick: string;
  readonly stanza: Element;
  readonly password?: string | undefined;
}

function appear(
  session: XmppSession,
  room: ConversationId,
  { nick, stanza, password }: Appearance,
): Promise<readonly OccupantSignal[]> {
  const { show, status: said, extensions } = readPresence(stanza, roomsOwn);
  return session.server.core.rooms.enter(session.core, room, { nick, show, status: said, extensions, password });
}

/** §7.6, §7.7. */
async function change(session: XmppSession, room: ConversationId, nick: string, stanza: Element): Promise<void> {
  const occupancy = occupancies(session).get(room)!;
  const before = occupancy.nick;
  try {
    await appear(session, room, { nick, stanza });
  } catch (error) {
    throw await refusalOf(session, room, error);
  }
  occupancy.nick = nick;
  if (before !== nick) sendRenamed(session, room, before, nick);
  const { id } = stanza.attrs;
  sendOccupant(session, selfSignal(session, room), { nick, present: true, statuses: [status.self], id });
}

/** §7.6, to whoever did it; the others hear it from the room. */
function sendRenamed(session: XmppSession, room: ConversationId, before: string, nick: string): void {
  const statuses = [status.renamed, status.self];
  sendOccupant(session, selfSignal(session, room), { nick: before, present: false, statuses, becomes: nick });
}

/** §7.14: `saying` is a custom exit message, `id` of the stanza that says so. */
export function leave(session: XmppSession, room: ConversationId, saying?: string, id?: string): void {
  const mine = occupancies(session).get(room);
  if (mine === undefined) return;
  const { rooms, conversations } = session.server.core;
  // §10.1.3: who goes "before submitting the form" is told that the room is no more. Who never asked for it just goes.
  const unmade = isBeingConfigured(session, room);
  const signal: OccupantSignal = {
    ...selfSignal(session, room),
    status: saying,
    ...(unmade ? { cause: { what: "destroyed" } } : {}),
  };
  occupancies(session).delete(room);
  rooms.exit(session.core, room, saying);
  conversations.shut(session.core, room);
  sendOccupant(session, signal, { nick: mine.nick, present: false, statuses: [status.self], id });
  giveUp(session, room);
}

/** The client is unavailable, so it is in no room either. */
export function leaveAll(session: XmppSession, saying?: string): void {
  for (const room of [...occupancies(session).keys()]) leave(session, room, saying);
}

/** RFC 6121 §4.3 in a room: whoever is in it may ask how an occupant is, and is shown the presence as it stands. */
export function probe(session: XmppSession, room: ConversationId, nick: string): void {
  if (!occupancies(session).has(room))
    throw new StanzaError("not-acceptable", "not in the room", "", { type: "cancel" });
  const { user, device } = session;
  const own = occupancies(session).get(room)?.nick === nick;
  const { rooms } = session.server.core;
  const known = own
    ? rooms.occupant(room, user, device)
    : rooms.occupantsNamed(room, nick).find((occupant) => occupant.hidden !== true);
  if (known === undefined) throw new StanzaError("item-not-found", "no such occupant");
  sendOccupant(session, known, { nick, present: true, statuses: own ? [status.self] : [] });
}

/** The session itself, as the core shows it to others. */
function selfSignal(session: XmppSession, room: ConversationId): OccupantSignal {
  const { user, device } = session;
  const known = session.server.core.rooms.occupant(room, user, device);
  if (known !== undefined) return known;
  return {
    type: "signal",
    name: "occupant",
    conversation: room,
    user,
    device,
    nick: "",
    present: true,
    show: "available",
    affiliation: "none",
    role: "participant",
  };
}

/** §7.2.5–7.2.9, in the order of the clauses. */
async function refusalOf(session: XmppSession, room: ConversationId, error: unknown): Promise<unknown> {
  if (!(error instanceof Fault)) return error;
  if (error.code === "quota-exceeded")
    return new StanzaError("service-unavailable", "the room is full", "", { type: "wait" }); // §7.2.9
  if (error.code !== "forbidden") return error;
  const banned = (await session.server.core.rooms.affiliation(room, session.user)) === "outcast";
  return banned ? error : new StanzaError("registration-required", "members only");
}
