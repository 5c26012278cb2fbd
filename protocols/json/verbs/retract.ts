import { z } from "zod";
import { cidField, text, whereFields, whereOf } from "../fields.ts";
import { targetFields, targetOf } from "../target.ts";
import { draftOf } from "../translate.ts";
import { later, verb } from "../verb.ts";

const schema = z.object({
  ...whereFields,
  ...targetFields,
  cid: cidField,
  reason: text(1024).min(1).optional(),
});

/** Takes one's own message back, or as a room's moderator anybody's: its content is gone from the log. */
export const retract = verb(schema, ({ reason, ...command }, session, ticket) => {
  const words = {
    author: session.user,
    device: session.attached.device,
    kind: "retraction",
    relation: { target: targetOf(command), reason },
  } as const;
  const draft = draftOf({ cid: command.cid }, words, whereOf(command, session));
  session.core.router.send(draft, session.settler, ticket);
  return later;
});
