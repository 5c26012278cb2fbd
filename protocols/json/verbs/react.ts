import { z } from "zod";
import { cidField, text, whereFields, whereOf } from "../fields.ts";
import { targetFields, targetOf } from "../target.ts";
import { draftOf } from "../translate.ts";
import { later, verb } from "../verb.ts";

const schema = z.object({
  ...whereFields,
  ...targetFields,
  cid: cidField,
  /** All that this account says to the message; an empty list takes it back. */
  emojis: z.array(text(64).min(1)).max(20),
});

/** One's reaction to a message, which replaces the one before. */
export const react = verb(schema, ({ emojis, ...command }, session, ticket) => {
  const words = {
    author: session.user,
    device: session.attached.device,
    kind: "reaction",
    relation: { target: targetOf(command), emojis: [...new Set(emojis)] },
  } as const;
  const draft = draftOf({ cid: command.cid }, words, whereOf(command, session));
  session.core.router.send(draft, session.settler, ticket);
  return later;
});
