import { z } from "zod";
import { conversationField, text } from "../fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({ c: conversationField, nick: text(64).min(1) });

/** Membership by one's own asking, under a nick that nobody else may have in the room. */
export const register = verb(schema, async ({ c, nick }, { core, names, user }) => {
  await core.rooms.reserve(names.room(c), user, nick);
  return {};
});
