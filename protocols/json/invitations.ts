// An invitation into a room, and the answer to one: entries of the two people's own conversation.
import { directOf, type Draft, type UserId } from "#core";
import { cidField, conversationField, text, userField } from "./fields.ts";
import type { JsonSession } from "./session.ts";
import { draftOf } from "./translate.ts";

/** `user`: who is asked, or who asked. */
export const invitationFields = {
  c: conversationField,
  user: userField,
  cid: cidField,
  reason: text(1024).min(1).optional(),
} as const;

export async function sendInvitation(
  { core, attached, user: author }: Pick<JsonSession, "core" | "attached" | "user">,
  other: UserId,
  cid: string | undefined,
  relation: Draft["relation"],
): Promise<{ readonly mid: string; readonly s: number; readonly duplicate: boolean }> {
  const words = { author, device: attached.device, kind: "invitation", relation } as const;
  const { envelope, duplicate } = await core.router.sendOne(draftOf({ cid }, words, directOf(author, other)));
  return { mid: envelope.mid, s: envelope.seq, duplicate };
}
