import { z } from "zod";
import { conversationField, text, userField } from "../fields.ts";
import { nickOf } from "../occupant-nick.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  user: userField.optional(),
  nick: text(64).min(1).optional(),
  reason: text(1024).min(1).optional(),
});

/** Out of the room, as its moderator; whoever may come in may come back. */
export const kick = verb(schema, async ({ c, reason, ...who }, session) => {
  const id = session.names.room(c);
  await session.core.rooms.setRole(id, session.user, nickOf(session, id, who), "none", reason);
  return {};
});
