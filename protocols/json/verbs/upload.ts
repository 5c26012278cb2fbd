import { z } from "zod";
import { Refusal } from "../faults.ts";
import { text } from "../fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  name: text(200),
  bytes: z.int().min(1),
  /** A media type. */
  mime: text(200).optional(),
});

/** A place for a file, which is put there by HTTP. */
export const upload = verb(schema, async ({ name, bytes, mime }, { core, user }) => {
  if (core.uploads === undefined) throw new Refusal("unsupported", "no files here");
  const { put, get, until } = await core.uploads.slot(user, { name, bytes, type: mime });
  return { put, get, until: new Date(until).toISOString() };
});
