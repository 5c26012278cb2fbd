import { nameOf } from "#core";
import { z } from "zod";
import { conversationField, text } from "../fields.ts";
import { page } from "../page.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  /** How the room sees this user; the account's name unless said otherwise. */
  nick: text(64).min(1).optional(),
  password: text(256).optional(),
});

/**
 * Membership for good (its messages arrive on every device of the account), and a place among the occupants for as long
 * as this connection lasts. Joining again only takes that place again.
 */
export const join = verb(schema, async ({ c, nick, password }, { core, attached, events, names, options, user }) => {
  const id = names.room(c);
  await core.rooms.join(id, user, password);
  const occupants = await core.rooms.enter(attached, id, { nick: nick ?? nameOf(user), password });
  const head = await core.conversations.head(id);
  const lines = occupants.map((occupant) =>
    JSON.stringify({ ...events.signalFields(occupant), type: undefined, c: undefined, present: undefined }),
  );
  const { json, taken } = page(lines, options.maxFrame);
  return `"c":${JSON.stringify(names.ofConversation(id))},"head":${head},"occupants":${json},"more":${taken < lines.length}`;
});
