import { directOf } from "#core";
import { z } from "zod";
import { Refusal } from "../faults.ts";
import { base64Field, conversationField, text, userField } from "../fields.ts";
import type { JsonSession } from "../session.ts";
import { draftOf } from "../translate.ts";
import { later, verb } from "../verb.ts";

const schema = z.looseObject({
  c: conversationField.optional(),
  to: userField.optional(),
  cid: text(128).min(1).optional(),
  body: text(Infinity).optional(),
  bytes: base64Field.optional(),
});

/** A message; answered `{mid, s, at, duplicate}` once it is stored, and not before (P1). */
export const send = verb(schema, (command, session, ticket) => {
  if (command.body !== undefined && Buffer.byteLength(command.body) > session.options.maxBody) {
    throw new Refusal("too-large", `body: over ${session.options.maxBody} bytes`);
  }
  const draft = draftOf(
    command,
    { author: session.user, device: session.attached.device },
    conversationOf(command, session),
  );
  session.core.router.send(draft, session.settler, ticket);
  return later;
});

function conversationOf({ c, to }: z.output<typeof schema>, { names, user }: JsonSession) {
  if ((c === undefined) === (to === undefined)) throw new Refusal("bad-request", "either c or to must be given");
  return c === undefined ? directOf(user, names.user(to!)) : names.conversation(c, user);
}
