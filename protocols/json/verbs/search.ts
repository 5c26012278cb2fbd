import type { MessageId } from "#core";
import { z } from "zod";
import { Refusal } from "../faults.ts";
import { conversationField, limitField, text as textField } from "../fields.ts";
import { page } from "../page.ts";
import { verb } from "../verb.ts";

const mid = z.uuid().transform((id) => id.toLowerCase() as MessageId);

const schema = z.object({
  /** Words that all must be there; `pump*` stands for all that begin so. */
  text: textField(1000),
  /** One conversation; else all direct conversations and joined rooms of the account. */
  c: conversationField.optional(),
  /** The last that match before this message, or (neither given) of all … */
  before: mid.optional(),
  /** … or the first after this one. Ascending in either case. */
  after: mid.optional(),
  limit: limitField.default(20),
});

/** Messages that hold all words, as many as asked and as fit a frame. `more`: there are others beyond. */
export const search = verb(
  schema,
  async ({ text, c, before, after, limit }, { core, events, attached, names, options, user }) => {
    if (after !== undefined && before !== undefined) throw new Refusal("bad-request", "after or before, not both");
    const fromEnd = after === undefined;
    const { entries, more } = await core.conversations.search(user, {
      text,
      conversation: c === undefined ? undefined : names.log(c, user, options.chatPrefix),
      before,
      after,
      fromEnd,
      limit,
    });
    const lines = entries.map((entry) => events.entry(entry, attached, false));
    const { json, taken } = page(lines, options.maxFrame, fromEnd);
    return `"messages":${json},"more":${more || taken < lines.length}`;
  },
);
