import { randomUUID } from "node:crypto";
import { defaultNodeOf } from "#core";
import { z } from "zod";
import { Refusal } from "../faults.ts";
import { changesOf, configFields, itemField, nodeField, ownerField, placeOf } from "../node-fields.ts";
import { keptPayload } from "../node-payload.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  of: ownerField,
  node: nodeField,
  item: itemField.optional(),
  /** Any JSON. */
  payload: z.unknown().optional(),
  /** Takes the item back. */
  remove: z.boolean().default(false),
  /** What the node is to be like, should it have to be made: one's own is. */
  ...configFields,
});

/** Publishes an item to a node, in the place of one of the same name; or takes it back. */
export const item = verb(schema, async ({ item: named, payload, remove, ...command }, session) => {
  const { core, user } = session;
  const place = placeOf(command, session);
  if (remove) {
    if (named === undefined) throw new Refusal("bad-request", "item: must be given");
    await core.nodes.retract(place, user, named, true);
    return { item: named };
  }
  const id = named ?? randomUUID();
  const make = place.owner === user ? { ...defaultNodeOf(place.owner), ...changesOf(command) } : undefined;
  await core.nodes.publish(place, user, [{ id, payload: keptPayload(payload) }], { make });
  return { item: id };
});
