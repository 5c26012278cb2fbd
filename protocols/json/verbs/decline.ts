import { directOf } from "#core";
import { z } from "zod";
import { cidField, conversationField, text, userField } from "../fields.ts";
import { draftOf } from "../translate.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  /** Who asked. */
  user: userField,
  cid: cidField,
  reason: text(1024).min(1).optional(),
});

/** Answers an invitation: not wanted. */
export const decline = verb(schema, async ({ c, user, cid, reason }, { core, names, attached, user: by }) => {
  const relation = { room: names.room(c), reason, declined: true } as const;
  const words = { author: by, device: attached.device, kind: "invitation", relation } as const;
  const { envelope, duplicate } = await core.router.sendOne(draftOf({ cid }, words, directOf(by, names.user(user))));
  return { mid: envelope.mid, s: envelope.seq, duplicate };
});
