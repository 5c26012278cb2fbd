import { z } from "zod";
import { conversationField, text, userField } from "../fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  user: userField,
  affiliation: z.enum(["owner", "admin", "member", "none"]),
  reason: text(1024).min(1).optional(),
});

/** How an account stands with a room for good; admins appoint members, owners everybody. */
export const affiliation = verb(
  schema,
  async ({ c, user, reason, affiliation: becomes }, { core, names, user: by }) => {
    const change = { user: names.user(user), affiliation: becomes, reason };
    await core.rooms.setAffiliations(names.room(c), by, [change]);
    return {};
  },
);
