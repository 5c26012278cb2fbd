import { attentionLevels } from "#core";
import { z } from "zod";
import { whereFields, whereOf } from "../fields.ts";
import { attentionFields } from "../contact-news.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  ...whereFields,
  /** What of it may ring; null: as if nothing had been set. */
  notify: z.enum(attentionLevels).nullable().default("none"),
  /** Milliseconds from now after which it does not hold any more. */
  for: z.int().min(1000).max(366 * 86_400_000).optional(), // prettier-ignore
});

/** How much of a conversation calls for the account's attention, on all its devices; nothing is kept from them. */
export const mute = verb(schema, async ({ notify, for: forMs, ...where }, session) => {
  const { core, user, attached } = session;
  const conversation = whereOf(where, session);
  const until = forMs === undefined ? undefined : core.clock.now() + forMs;
  const attention = notify === null ? undefined : { level: notify, until };
  await core.attention.set(user, conversation, attention, attached);
  return attentionFields(attention);
});
