import { z } from "zod";
import { conversationField } from "../fields.ts";
import { page } from "../page.ts";
import { isoOf } from "../translate.ts";
import { verb } from "../verb.ts";

/** What is pinned in a conversation, as events, with who pinned it and when. */
export const pins = verb(z.object({ c: conversationField }), async ({ c }, session) => {
  const { core, events, attached, names, options, user } = session;
  const pinned = await core.conversations.pins(user, names.conversation(c, user));
  const lines = pinned.map(({ message, pin }) => {
    const by = JSON.stringify(names.ofUser(pin.author));
    return `{"by":${by},"at":"${isoOf(pin.at)}","message":${events.entry(message, attached, false)}}`;
  });
  const { json, taken } = page(lines, options.maxFrame);
  return `"pins":${json},"more":${taken < lines.length}`;
});
