// XEP-0045 §10.1: a room that a client has just made, until it is configured, or taken as it is.
import { type ConversationId, type Room, faultFrom, settingsOf } from "#core";
import { awaitsCapabilities, knowsRooms } from "./client-capabilities.ts";
import type { XmppServer } from "./server.ts";
import type { XmppSession } from "./session.ts";
import { slot } from "./slot.ts";

/**
 * §10.1.1: "An implementation MAY set a timeout for initial configuration, such that if the room owner does not configure the
 * room within the timeout period, the room owner is assumed to have accepted the default configuration".
 */
const configureMs = 60_000;

interface Fresh {
  cancelTimeout(): void;
  /** Its maker has the form. */
  asked?: true;
  /** The room as it is was accepted, and is being unlocked. */
  opening?: Promise<void>;
}

/** Rooms that the session has made, and that nobody has configured. */
const freshRooms = slot(() => new Map<ConversationId, Fresh>());

/**
 * Whether a room that this session makes is locked from the beginning: as the operator wants it, and else where the client says
 * that it knows rooms. Others would never configure it, and lock out everybody.
 */
export function locksRooms(session: XmppSession): boolean {
  const { lockRooms } = session.server.settings;
  return lockRooms === "auto" ? knowsRooms(session) || awaitsCapabilities(session) : lockRooms === "on";
}

export function made(session: XmppSession, room: ConversationId): void {
  const { clock } = session.server.core;
  const cancelTimeout = clock.after(configureMs, () => void acceptAsItIs(session, room));
  freshRooms(session).set(room, { cancelTimeout });
}

/** Whether the session has made it, and asked for the form, and has not decided about it. */
export function isBeingConfigured(session: XmppSession, room: ConversationId): boolean {
  return freshRooms(session).get(room)?.asked === true;
}

/** §10.1.3: a reserved room is locked while its maker has the form, however long that takes. */
export async function beingConfigured(session: XmppSession, room: ConversationId): Promise<void> {
  const fresh = freshRooms(session).get(room);
  if (fresh === undefined || fresh.opening !== undefined) return;
  fresh.cancelTimeout();
  fresh.asked = true;
  await session.server.core.rooms.update(room, session.user, { locked: true });
}

/** Its maker has decided about it. True when it was fresh. */
export function settled(session: XmppSession, room: ConversationId): boolean {
  freshRooms(session).get(room)?.cancelTimeout();
  return freshRooms(session).delete(room);
}

/**
 * Its maker speaks there, invites, or appoints somebody: it takes the room as it is, and has others come in. Undefined when
 * there is nothing to wait for, which is nearly always.
 */
export function acceptAsItIs(session: XmppSession, room: ConversationId): Promise<void> | undefined {
  const fresh = freshRooms(session).get(room);
  if (fresh === undefined) return undefined;
  fresh.cancelTimeout();
  // One promise for all that comes meanwhile, so that it keeps its order.
  fresh.opening ??= unlock(session.server, room)
    .catch((error: unknown) => session.server.note(faultFrom(error)))
    .then(() => void freshRooms(session).delete(room));
  return fresh.opening;
}

async function unlock(server: XmppServer, id: ConversationId): Promise<void> {
  const room = await server.core.rooms.find(id);
  if (room === undefined || !settingsOf(room).locked) return;
  const owner = (await server.core.rooms.members(id)).find(({ affiliation }) => affiliation === "owner");
  if (owner !== undefined) await server.core.rooms.update(id, owner.user, { locked: false });
}

/** A locked room whose maker was lost with its node is open once its time to configure it is over. */
export async function unlockForgotten(server: XmppServer, room: Room): Promise<void> {
  const { clock, rooms } = server.core;
  if (!settingsOf(room).locked || clock.now() - room.createdAt < configureMs) return;
  if (!rooms.occupants(room.id).some(({ affiliation }) => affiliation === "owner")) await unlock(server, room.id);
}

/** Locked until its maker has configured it, a room whose maker goes before would be locked for ever. */
export function giveUp(session: XmppSession, room: ConversationId): void {
  if (!settled(session, room)) return;
  const { rooms } = session.server.core;
  const remove = async (): Promise<void> => {
    const found = await rooms.find(room);
    if (found !== undefined && settingsOf(found).locked) await rooms.remove(room, session.user);
  };
  remove().catch((error: unknown) => session.server.note(faultFrom(error)));
}

/** The session is over, in whatever way. */
export function giveUpAll(session: XmppSession): void {
  for (const room of [...freshRooms(session).keys()]) giveUp(session, room);
}
