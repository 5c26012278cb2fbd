import { z } from "zod";
import { conversationField, text, userField } from "../fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  user: userField,
  reason: text(1024).min(1).optional(),
  /** False: may come back. */
  banned: z.boolean().default(true),
});

/** Out of the room for good, as its admin; or not any more. */
export const ban = verb(schema, async ({ c, user, reason, banned }, { core, names, user: by }) => {
  const id = names.room(c);
  const account = names.user(user);
  if (!banned && (await core.rooms.affiliation(id, account)) !== "outcast") return {};
  await core.rooms.setAffiliations(id, by, [{ user: account, affiliation: banned ? "outcast" : "none", reason }]);
  return {};
});
