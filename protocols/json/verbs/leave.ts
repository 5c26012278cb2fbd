import { z } from "zod";
import { conversationField } from "../fields.ts";
import { verb } from "../verb.ts";

/** The account stops being a member: nothing of the room reaches it any more. */
export const leave = verb(z.object({ c: conversationField }), async ({ c }, { core, attached, names, user }) => {
  const id = names.room(c);
  core.rooms.exit(attached, id);
  await core.rooms.leave(id, user);
  return {};
});
