import { z } from "zod";
import { base64Field, checkBody, cidField, text, whereFields, whereOf } from "../fields.ts";
import { relationOf, replyToField, threadField } from "../target.ts";
import { draftOf } from "../translate.ts";
import { later, verb } from "../verb.ts";

const schema = z.looseObject({
  ...whereFields,
  cid: cidField,
  body: text(Infinity).optional(),
  bytes: base64Field.optional(),
  /** The message it answers. */
  replyTo: replyToField.optional(),
  thread: threadField.optional(),
});

/** A message; answered `{mid, s, at, duplicate}` once it is stored, and not before (P1). */
export const send = verb(schema, (command, session, ticket) => {
  checkBody(command.body, session.options.maxBody);
  const relation = relationOf(command.replyTo, command.thread);
  const draft = draftOf(
    command,
    { author: session.user, device: session.attached.device, relation },
    whereOf(command, session),
  );
  session.core.router.send(draft, session.settler, ticket);
  return later;
});
