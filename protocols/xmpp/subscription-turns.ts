// What two people are to each other is read, changed and written by one at a time (RFC 6121 §3).
import type { UserId } from "#core";
import type { XmppServer } from "./server.ts";
import { serverSlot } from "./server-slot.ts";
import type { XmppSession } from "./session.ts";
import { Turns } from "./turns.ts";

const turnsOf = serverSlot(() => new Turns());

/** Changes to what two accounts are to each other, one after the other. */
export function inTurn<T>(session: XmppSession, contact: UserId, act: () => Promise<T>): Promise<T> {
  return inTurnOf(session.server, session.user, contact, act);
}

export function inTurnOf<T>(server: XmppServer, user: UserId, contact: UserId, act: () => Promise<T>): Promise<T> {
  return turnsOf(server).take(user < contact ? `${user} ${contact}` : `${contact} ${user}`, act);
}
