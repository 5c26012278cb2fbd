import { z } from "zod";
import { text } from "../fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  available: z.boolean().default(true),
  show: z.enum(["available", "chat", "away", "xa", "dnd"]).optional(),
  status: text(500).optional(),
});

/** This device's availability, told to those who may see it; gone with the connection. */
export const presence = verb(schema, ({ available, show, status }, { core, attached }) => {
  core.presence.announce(attached, { available, show, status });
  return {};
});
