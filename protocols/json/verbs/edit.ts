import { z } from "zod";
import { base64Field, checkBody, cidField, text, whereFields, whereOf } from "../fields.ts";
import { targetFields, targetOf } from "../target.ts";
import { draftOf } from "../translate.ts";
import { later, verb } from "../verb.ts";

const schema = z.looseObject({
  ...whereFields,
  ...targetFields,
  cid: cidField,
  body: text(Infinity).optional(),
  bytes: base64Field.optional(),
});

/** What one's own message says from now on. Naming an edit of it names the message. */
export const edit = verb(schema, (command, session, ticket) => {
  checkBody(command.body, session.options.maxBody);
  const words = {
    author: session.user,
    device: session.attached.device,
    kind: "edit",
    relation: { target: targetOf(command) },
  } as const;
  session.core.router.send(draftOf(command, words, whereOf(command, session)), session.settler, ticket);
  return later;
});
