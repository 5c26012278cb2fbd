import { z } from "zod";
import { Refusal } from "../faults.ts";
import { checkBody, cidField, text, whereFields, whereOf } from "../fields.ts";
import { targetFields, targetOf } from "../target.ts";
import { draftOf } from "../translate.ts";
import { later, verb } from "../verb.ts";

const schema = z.object({
  ...whereFields,
  ...targetFields,
  cid: cidField,
  /** False takes it off again. */
  pinned: z.boolean().default(true),
  /** In place of a message: the room's subject; empty for none. */
  body: text(Infinity).optional(),
});

/** A message that everybody is to keep in view; or, by `body`, a room's subject. */
export const pin = verb(schema, ({ body, pinned, ...command }, session, ticket) => {
  const conversation = whereOf(command, session);
  if (body !== undefined) {
    if (command.mid !== undefined || command.s !== undefined) throw new Refusal("bad-request", "body, or mid or s");
    if (!conversation.startsWith("room:")) throw new Refusal("bad-request", "c: only a room has a subject");
    checkBody(body, session.options.maxBody);
  }
  const words = {
    author: session.user,
    device: session.attached.device,
    kind: body === undefined ? "pin" : "subject",
    relation: body === undefined ? { target: targetOf(command), pinned } : undefined,
  } as const;
  session.core.router.send(draftOf({ cid: command.cid, body }, words, conversation), session.settler, ticket);
  return later;
});
