import { Fault, kindOf, membersOfDirect } from "#core";
import { z } from "zod";
import { conversationField } from "../fields.ts";
import { page } from "../page.ts";
import type { JsonSession } from "../session.ts";
import { verb } from "../verb.ts";

/** Who is in a conversation; a closed room tells its members alone. */
export const members = verb(z.object({ c: conversationField }), async ({ c }, session) => {
  const { names, options, user } = session;
  const conversation = names.conversation(c, user);
  const list =
    kindOf(conversation) === "direct"
      ? membersOfDirect(conversation)!.map((member) => ({ user: names.ofUser(member) }))
      : await inRoom(session, conversation);
  const lines = list.map((member) => JSON.stringify(member));
  const { json, taken } = page(lines, options.maxFrame);
  return `"c":${JSON.stringify(names.ofConversation(conversation))},"members":${json},"more":${taken < lines.length}`;
});

async function inRoom({ core, names, user }: JsonSession, id: Parameters<typeof core.rooms.members>[0]) {
  const room = await core.rooms.find(id);
  if (room === undefined) throw new Fault("not-found", "no such room");
  const affiliation = await core.rooms.affiliation(id, user);
  if (affiliation === "outcast" || (affiliation === "none" && !room.open))
    throw new Fault("forbidden", "not a member of the room");
  const present = new Set(core.rooms.occupants(id).map((occupant) => occupant.user));
  const known = await core.rooms.members(id);
  return known
    .filter((member) => member.affiliation !== "outcast")
    .map((member) => ({
      user: names.ofUser(member.user),
      affiliation: member.affiliation,
      joined: member.joined,
      present: present.has(member.user),
    }));
}
