import { Fault } from "#core";
import { z } from "zod";
import { filterOf } from "../addressing.ts";
import { topicField } from "../fields.ts";
import { verb } from "../verb.ts";

/** Ends a subscription, named by its filter as it was given. */
export const unsubscribe = verb(z.object({ c: topicField }), async ({ c }, { core, attached, options }) => {
  const removed = await core.topics.unsubscribe(attached, filterOf(c, options.chatPrefix));
  if (!removed) throw new Fault("not-found", "no such subscription");
  return {};
});
