import { directOf, settingsOf } from "#core";
import { z } from "zod";
import { cidField, conversationField, text, userField } from "../fields.ts";
import { draftOf } from "../translate.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  user: userField,
  cid: cidField,
  reason: text(1024).min(1).optional(),
});

/** Asks somebody into a room, in the conversation of the two; where only members come in, he becomes one. */
export const invite = verb(schema, async ({ c, user, cid, reason }, { core, names, attached, user: by }) => {
  const guest = names.user(user);
  const room = await core.rooms.mayInvite(names.room(c), by, guest);
  const password = settingsOf(room).password;
  const relation = { room: room.id, reason, ...(password !== "" && { password }) };
  const words = { author: by, device: attached.device, kind: "invitation", relation } as const;
  const { envelope, duplicate } = await core.router.sendOne(draftOf({ cid }, words, directOf(by, guest)));
  return { mid: envelope.mid, s: envelope.seq, duplicate };
});
