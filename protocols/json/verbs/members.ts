import { Fault, kindOf, membersOfDirect } from "#core";
import { z } from "zod";
import { conversationField } from "../fields.ts";
import { page } from "../page.ts";
import type { JsonSession } from "../session.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  /** Who is banned instead; for a room's admins. */
  banned: z.boolean().default(false),
});

/** Who is in a conversation; a closed room tells its members alone. */
export const members = verb(schema, async ({ c, banned }, session) => {
  const { names, options, user } = session;
  const conversation = names.conversation(c, user);
  const list =
    kindOf(conversation) === "direct"
      ? membersOfDirect(conversation)!.map((member) => ({ user: names.ofUser(member) }))
      : await inRoom(session, conversation, banned);
  const lines = list.map((member) => JSON.stringify(member));
  const { json, taken } = page(lines, options.maxFrame);
  return `"c":${JSON.stringify(names.ofConversation(conversation))},"members":${json},"more":${taken < lines.length}`;
});

async function inRoom(
  { core, names, user }: JsonSession,
  id: Parameters<typeof core.rooms.members>[0],
  banned: boolean,
) {
  const room = await core.rooms.find(id);
  if (room === undefined) throw new Fault("not-found", "no such room");
  const affiliation = await core.rooms.affiliation(id, user);
  if (affiliation === "outcast" || (affiliation === "none" && !room.open))
    throw new Fault("forbidden", "not a member of the room");
  if (banned && affiliation !== "owner" && affiliation !== "admin") throw new Fault("forbidden", "not its admin");
  const present = new Set(core.rooms.occupants(id).map((occupant) => occupant.user));
  const known = await core.rooms.members(id);
  return known
    .filter((member) => (member.affiliation === "outcast") === banned)
    .map((member) => ({
      user: names.ofUser(member.user),
      affiliation: member.affiliation,
      joined: member.joined,
      nick: member.nick === "" ? undefined : member.nick, // it has given it up
      reason: member.reason,
      present: present.has(member.user),
    }));
}
