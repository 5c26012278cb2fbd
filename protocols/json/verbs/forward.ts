import type { OriginId } from "#core";
import { z } from "zod";
import { cidField, conversationField, whereFields, whereOf } from "../fields.ts";
import { targetFields, targetOf } from "../target.ts";
import { isoOf } from "../translate.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  /** Where to. */
  ...whereFields,
  cid: cidField,
  /** Which message, of a conversation that the account may read. */
  of: z.object({ c: conversationField, ...targetFields }),
});

/** Another's message, or one's own, said again elsewhere, with whose it was. */
export const forward = verb(schema, async ({ of, cid, ...where }, session) => {
  const { core, names, user: author, attached } = session;
  const conversation = whereOf(where, session);
  const said = await core.conversations.forwardable(author, names.conversation(of.c, author), targetOf(of));
  const originId = cid as OriginId | undefined;
  const draft = { conversation, kind: "message", author, device: attached.device, originId, ...said } as const;
  const { envelope, duplicate } = await core.router.sendOne(draft);
  return { mid: envelope.mid, s: envelope.seq, at: isoOf(envelope.at), duplicate };
});
