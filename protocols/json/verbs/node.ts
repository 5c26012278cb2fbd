import { defaultNodeOf } from "#core";
import { z } from "zod";
import { changesOf, configFields, configOf, nodeField, ownerField, placeOf } from "../node-fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  of: ownerField,
  node: nodeField,
  ...configFields,
  /** With its items. */
  remove: z.boolean().default(false),
});

/** Makes a node, sets what is given of one that is there, or removes it. */
export const node = verb(schema, async ({ remove, ...command }, session) => {
  const { core, user } = session;
  const place = placeOf(command, session);
  if (remove) {
    await core.nodes.remove(place, user);
    return {};
  }
  const changes = changesOf(command);
  const there = (await core.nodes.find(place)) !== undefined;
  const made = there
    ? await core.nodes.configure(place, user, changes)
    : await core.nodes.create(place, user, { ...defaultNodeOf(place.owner), ...changes });
  return { node: place.name, ...configOf(made.config) };
});
