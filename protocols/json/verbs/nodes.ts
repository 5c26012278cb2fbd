import { z } from "zod";
import { configOf, ownerField, ownerName, ownerOf } from "../node-fields.ts";
import { page } from "../page.ts";
import { verb } from "../verb.ts";

/** The nodes of an account, or of the server. */
export const nodes = verb(z.object({ of: ownerField }), async ({ of }, session) => {
  const { core, names, options } = session;
  const owner = ownerOf(of, session);
  const found = await core.nodes.list(owner);
  const lines = found.map(({ name, config }) => JSON.stringify({ node: name, ...configOf(config) }));
  const { json, taken } = page(lines, options.maxFrame);
  return `"of":${JSON.stringify(ownerName(names, owner))},"nodes":${json},"more":${taken < lines.length}`;
});
