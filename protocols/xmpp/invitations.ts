// Invitations: tokens kept with whoever made them, used once, in time.
import { randomBytes } from "node:crypto";
import { nameOf, type UserId } from "#core";
import { accountOf } from "./addressing.ts";
import type { XmppServer } from "./server.ts";
import { serverSlot } from "./server-slot.ts";
import type { Stream } from "./stream.ts";
import { Turns } from "./turns.ts";

export interface Invitation {
  readonly token: string;
  readonly by: UserId;
  readonly until: number;
  /** An account may be made with it. */
  readonly account: boolean;
  /** Of just this name. */
  readonly name?: string | undefined;
  /** Who made it and who uses it become each other's contacts. */
  readonly contacts: boolean;
}

const prefix = "xmpp/invitation/";
const lastsMs = 7 * 24 * 60 * 60_000;
const mostOpen = 100;

export async function invite(
  server: XmppServer,
  by: UserId,
  terms: Pick<Invitation, "account" | "name" | "contacts">,
): Promise<Invitation | undefined> {
  const { accountData, clock } = server.core;
  let open = 0;
  for (const { name, value } of await accountData.list(by, prefix)) {
    if ((JSON.parse(value) as Invitation).until < clock.now()) await accountData.put(by, name, undefined);
    else open++;
  }
  if (open >= mostOpen) return undefined;
  // The token says with whom it is kept, and cannot be guessed.
  const token = `${randomBytes(18).toString("base64url")}.${Buffer.from(nameOf(by)).toString("base64url")}`;
  const invitation: Invitation = { ...terms, token, by, until: clock.now() + lastsMs };
  await accountData.put(by, prefix + token, JSON.stringify(invitation));
  return invitation;
}

/** The invitation of that token, if it still holds. */
export async function invitationOf(server: XmppServer, token: string): Promise<Invitation | undefined> {
  const by = accountOf(Buffer.from(token.split(".")[1] ?? "", "base64url").toString(), server.host);
  if (by === undefined || token.length > 512) return undefined;
  const kept = await server.core.accountData.get(by, prefix + token);
  if (kept === undefined) return undefined;
  const invitation = JSON.parse(kept) as Invitation;
  return invitation.until < server.core.clock.now() ? undefined : invitation;
}

const turnsOf = serverSlot(() => new Turns());

/** Calls `act` while nobody else uses the token, which is used up when that went well. False: it was used already. */
export function redeem(server: XmppServer, invitation: Invitation, act: () => Promise<void>): Promise<boolean> {
  const { by, token } = invitation;
  const { accountData } = server.core;
  return turnsOf(server).take(token, async () => {
    if ((await accountData.get(by, prefix + token)) === undefined) return false;
    await act();
    await accountData.put(by, prefix + token, undefined);
    return true;
  });
}

/** Streams that showed a token, before they register (XEP-0445). */
export const invited = new WeakMap<Stream, Invitation>();
