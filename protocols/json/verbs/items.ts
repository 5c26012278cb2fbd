import { z } from "zod";
import { Refusal } from "../faults.ts";
import { limitField } from "../fields.ts";
import { itemField, itemFields, nodeField, ownerField, placeOf } from "../node-fields.ts";
import { page } from "../page.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  of: ownerField,
  node: nodeField,
  /** These alone … */
  ids: z.array(itemField).max(100).optional(),
  /** … or the last before this one, or (neither given) the last. */
  before: itemField.optional(),
  limit: limitField.default(20),
});

/** Items of a node, in the order they were published in. */
export const items = verb(schema, async ({ ids, before, limit, ...command }, session) => {
  const { core, names, user, options } = session;
  const place = placeOf(command, session);
  if (ids !== undefined) {
    const named = await core.nodes.itemsOf(place, user, ids);
    const lines = named.map((item) => JSON.stringify(itemFields(names, item)));
    const { json, taken } = page(lines, options.maxFrame);
    return `"items":${json},"more":${taken < lines.length}`;
  }
  const found = await core.nodes.items(place, user, { before, limit, fromEnd: true });
  if (found === undefined) throw new Refusal("not-found", "no such item to read before");
  const lines = found.items.map((item) => JSON.stringify(itemFields(names, item)));
  const { json, taken } = page(lines, options.maxFrame, true);
  return `"items":${json},"count":${found.count},"more":${found.index > 0 || taken < lines.length}`;
});
