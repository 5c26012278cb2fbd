import { z } from "zod";
import { Refusal } from "../faults.ts";
import { conversationField, limitField } from "../fields.ts";
import { page } from "../page.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: conversationField,
  /** Entries after this seq, oldest first … */
  after: z.int().min(0).optional(),
  /** … or the last ones before this seq, or (neither given) before the end. Ascending in either case. */
  before: z.int().min(1).optional(),
  limit: limitField.default(50),
});

/** A page of a log: as many entries as asked and as fit a frame, next to where it was asked from. `more`: there are others beyond. */
export const history = verb(
  schema,
  async ({ c, after, before, limit }, { core, events, attached, names, options, user }) => {
    if (after !== undefined && before !== undefined) throw new Refusal("bad-request", "after or before, not both");
    const conversation = names.log(c, user, options.chatPrefix);
    const forward = after !== undefined;
    const entries = forward
      ? await core.conversations.history(user, conversation, after, limit)
      : await core.conversations.historyBefore(user, conversation, before, limit);
    const head = await core.conversations.head(conversation);
    const lines = entries.map((entry) => events.entry(entry, attached, false));
    const { json, taken } = page(lines, options.maxFrame, !forward);
    const beyond = forward ? entries[taken - 1]?.seq : entries[entries.length - taken]?.seq;
    // The log of a topic may begin later than at 1: a page that is short of entries is its beginning.
    const more =
      beyond !== undefined &&
      (forward ? beyond < head : beyond > 1 && (taken < lines.length || lines.length === limit));
    return `"c":${JSON.stringify(names.ofConversation(conversation))},"head":${head},"messages":${json},"more":${more}`;
  },
);
