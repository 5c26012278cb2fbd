import { z } from "zod";
import { invitationFields, sendInvitation } from "../invitations.ts";
import { verb } from "../verb.ts";

/** Answers an invitation: not wanted. */
export const decline = verb(z.object(invitationFields), ({ c, user, cid, reason }, session) => {
  const relation = { room: session.names.room(c), reason, declined: true } as const;
  return sendInvitation(session, session.names.user(user), cid, relation);
});
