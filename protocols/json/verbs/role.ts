import { z } from "zod";
import { conversationField, text, userField } from "../fields.ts";
import { nickOf } from "../occupant-nick.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  user: userField.optional(),
  nick: text(64).min(1).optional(),
  role: z.enum(["moderator", "participant", "visitor"]),
  reason: text(1024).min(1).optional(),
});

/** What somebody may do who is in the room now: a visitor has no voice where the room is moderated. */
export const role = verb(schema, async ({ c, role: becomes, reason, ...who }, session) => {
  const id = session.names.room(c);
  await session.core.rooms.setRole(id, session.user, nickOf(session, id, who), becomes, reason);
  return {};
});
