// XEP-0486: a room's picture, in its vCard (XEP-0054) and by its hash in what the room says of itself.
import { createHash } from "node:crypto";
import { type ConversationId, type RoomSettings, settingsOf } from "#core";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { escapeText } from "../print.ts";
import type { XmppSession } from "../session.ts";

export const roomAvatars: Feature = {
  spec: { id: "XEP-0486", title: "MUC Avatars", version: "0.1.0", status: "complete" },
};

/** base64. */
const largest = 128 << 10;
const types = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

export async function roomCard(session: XmppSession, room: ConversationId): Promise<string> {
  const found = await session.server.core.rooms.find(room);
  if (found === undefined) throw new StanzaError("item-not-found", "no such room");
  const { avatar, avatarType } = settingsOf(found);
  if (avatar === "") return `<vCard xmlns="${ns.vcard}"/>`;
  return `<vCard xmlns="${ns.vcard}"><PHOTO><TYPE>${escapeText(avatarType)}</TYPE><BINVAL>${avatar}</BINVAL></PHOTO></vCard>`;
}

/** Owners alone: the core refuses others. Without a photo the room has no picture any more. */
export async function setRoomCard(
  session: XmppSession,
  room: ConversationId,
  { payload }: Pick<IqRequest, "payload">,
): Promise<undefined> {
  const photo = payload.getChild("PHOTO", ns.vcard);
  const avatar = (photo?.getChildText("BINVAL", ns.vcard) ?? "").replaceAll(/\s/g, "");
  const avatarType = photo?.getChildText("TYPE", ns.vcard) ?? "image/png";
  if (avatar.length > largest) throw new StanzaError("policy-violation", "the picture is too large");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(avatar) || (avatar !== "" && !types.has(avatarType)))
    throw new StanzaError("not-acceptable", "no picture");
  await session.server.core.rooms.update(room, session.user, { avatar, avatarType: avatar === "" ? "" : avatarType });
  return undefined;
}

/** XEP-0486 §2: as in XEP-0153, the SHA-1 of the bytes. */
export function avatarHash({ avatar }: Pick<RoomSettings, "avatar">): string | undefined {
  return avatar === "" ? undefined : createHash("sha1").update(Buffer.from(avatar, "base64")).digest("hex");
}
