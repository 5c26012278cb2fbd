import { settingsOf } from "#core";
import { z } from "zod";
import { invitationFields, sendInvitation } from "../invitations.ts";
import { verb } from "../verb.ts";

/** Asks somebody into a room, in the conversation of the two; where only members come in, he becomes one. */
export const invite = verb(z.object(invitationFields), async ({ c, user, cid, reason }, session) => {
  const { core, names, user: by } = session;
  const guest = names.user(user);
  const room = await core.rooms.mayInvite(names.room(c), by, guest);
  const password = settingsOf(room).password;
  const relation = { room: room.id, reason, ...(password !== "" && { password }) };
  return sendInvitation(session, guest, cid, relation);
});
