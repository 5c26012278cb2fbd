import { z } from "zod";
import { conversationField, text } from "../fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  title: text(200).optional(),
  open: z.boolean().optional(),
  listed: z.boolean().optional(),
});

/** A new room, owned and joined by its creator. Taken names are a conflict. */
export const create = verb(schema, async ({ c, title, open, listed }, { core, names, user }) => {
  const id = names.room(c);
  const room = await core.rooms.create(id, user, { title, open, listed });
  await core.rooms.join(id, user);
  return { c: names.ofConversation(id), title: room.title, open: room.open, listed: room.listed };
});
