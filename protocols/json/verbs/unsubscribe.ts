import { Fault, isTopic } from "#core";
import { z } from "zod";
import { filterOf } from "../addressing.ts";
import { topicField } from "../fields.ts";
import { verb } from "../verb.ts";

/** Ends a subscription, named by its filter as it was given, and what is followed of the log of that topic. */
export const unsubscribe = verb(z.object({ c: topicField }), async ({ c }, { core, attached, options, names }) => {
  const filter = filterOf(c, options.chatPrefix);
  const shut = isTopic(filter) && core.conversations.shut(attached, names.topic(filter, options.chatPrefix));
  const removed = await core.topics.unsubscribe(attached, filter);
  if (!removed && !shut) throw new Fault("not-found", "no such subscription");
  return {};
});
