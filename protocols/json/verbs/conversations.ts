import { type ConversationState, kindOf, type UserId } from "#core";
import { z } from "zod";
import { attentionFields } from "../contact-news.ts";
import type { Names } from "../addressing.ts";
import { limitField } from "../fields.ts";
import { page } from "../page.ts";
import { isoOf } from "../translate.ts";
import { verb } from "../verb.ts";

const schema = z.object({ limit: limitField.default(100) });

/** Directs and joined rooms, latest first, each with its head and the account's own marks. */
export const conversations = verb(schema, async ({ limit }, { core, names, options, user }) => {
  const states = await core.conversations.list(user, limit);
  const muted = await core.attention.list(user);
  const lines = states.map((state) => {
    const attention = muted.get(state.conversation);
    return JSON.stringify({ ...summary(state, user, names), ...(attention && attentionFields(attention)) });
  });
  const { json, taken } = page(lines, options.maxFrame);
  return `"conversations":${json},"more":${taken < states.length || states.length === limit}`;
});

function summary({ conversation, head, lastAt, marks }: ConversationState, user: UserId, names: Names) {
  const own = marks.find((each) => each.user === user);
  const read = own?.read ?? 0;
  return {
    c: names.ofConversation(conversation),
    head,
    at: lastAt === 0 ? undefined : isoOf(lastAt),
    delivered: own?.delivered ?? 0,
    read,
    unread: Math.max(0, head - read),
    marks: kindOf(conversation) === "direct" ? othersMarks(marks, user, names) : undefined,
  };
}

/** What draws the ticks of a direct conversation. */
function othersMarks(marks: ConversationState["marks"], user: UserId, names: Names) {
  const others = marks.filter((each) => each.user !== user);
  return Object.fromEntries(
    others.map((each) => [names.ofUser(each.user), { delivered: each.delivered, read: each.read }]),
  );
}
