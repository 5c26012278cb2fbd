import { z } from "zod";
import { conversationField, text } from "../fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  reason: text(1024).min(1).optional(),
  /** Where to go instead. */
  alternate: conversationField.optional(),
});

/** Ends a room, as its owner: its log, its members, everything. */
export const destroy = verb(schema, async ({ c, reason, alternate }, { core, names, user }) => {
  await core.rooms.remove(names.room(c), user, {
    reason,
    alternate: alternate === undefined ? undefined : names.room(alternate),
  });
  return {};
});
