// XEP-0421: a name for an account in one room, the same whatever its nick, that says nothing about the account.
import { createHmac } from "node:crypto";
import { type ConversationId, type UserId } from "#core";
import { ns } from "./namespaces.ts";
import type { XmppServer } from "./server.ts";

const keys = new WeakMap<XmppServer, string>();

/** Reads the key that all nodes share; before, no occupant has an id. */
export async function learnOccupantKey(server: XmppServer): Promise<void> {
  if (!keys.has(server)) keys.set(server, await server.core.secret("occupant-ids"));
}

/** §4.1: who knows the id and every account's name still cannot tell whose it is. */
export function occupantId(server: XmppServer, room: ConversationId, user: UserId): string {
  const key = keys.get(server);
  if (key === undefined) return "";
  const id = createHmac("sha256", key).update(`${room}\n${user}`).digest("base64url");
  return `<occupant-id xmlns="${ns.occupantIds}" id="${id}"/>`;
}
