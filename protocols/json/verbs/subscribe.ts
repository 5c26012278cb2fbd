import { z } from "zod";
import { filterOf } from "../addressing.ts";
import { topicField } from "../fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  c: topicField,
  /** 1: what arrives faster than it is read ends the connection; 0: it is dropped. */
  qos: z.union([z.literal(0), z.literal(1)]).default(1),
  /** The log of one kept topic, entries after this seq, in place of publications. */
  after: z.int().min(0).optional(),
  /** Whether the topics' retained messages come first. */
  retained: z.boolean().default(true),
});

/**
 * A filter with `+` and `#` over plain topics; or, with `after`, the log of a kept topic, whose entries come as messages.
 * For as long as the connection lasts.
 */
export const subscribe = verb(schema, async ({ c, qos, after, retained }, { core, attached, options, names }) => {
  if (after !== undefined) {
    const conversation = names.topic(c, options.chatPrefix);
    await core.conversations.open(attached, conversation, after);
    return { c: names.ofConversation(conversation), head: await core.conversations.head(conversation) };
  }
  const filter = filterOf(c, options.chatPrefix);
  await core.topics.subscribe(attached, {
    filter,
    qos,
    noLocal: false,
    retainAsPublished: false,
    retainHandling: retained ? 0 : 2,
  });
  return { c: `topic:${filter}`, qos };
});
