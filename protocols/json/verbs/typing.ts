import { z } from "zod";
import { conversationField } from "../fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  state: z.enum(["active", "composing", "paused", "inactive", "gone"]).default("composing"),
  /** Milliseconds after which it fades. */
  ttl: z.int().min(0).max(60_000).optional(),
});

/** At most once, never stored (P6). */
export const typing = verb(schema, ({ c, state, ttl }, { core, attached, names, user }) => {
  core.signals.typing(attached, names.conversation(c, user), state, ttl);
  return {};
});
