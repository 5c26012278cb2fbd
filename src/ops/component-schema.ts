// External components of XMPP (XEP-0114), as they are configured.
import { z } from "zod";

const component = z.strictObject({
  domain: z
    .string()
    .max(255)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "must be a host name in lower case")
    .describe("All addresses there are the component's."),
  secret: z.string().default("").describe("What the component proves to be itself with."),
  secret_file: z.string().default("").describe("Read in place of secret; a line end at its end is no part of it."),
  secret_env: z.string().default("").describe("Variable of the environment that holds the secret."),
  name: z.string().max(255).default("").describe("For people, where services are listed. Empty: the domain."),
});

export const componentsSchema = z
  .array(component)
  .max(100)
  .refine((all) => new Set(all.map(({ domain }) => domain)).size === all.length, "must have different domains")
  .describe(
    "External components (XEP-0114): {domain, secret or secret_file or secret_env, name}. See docs/reference/components.md.",
  );

export type ComponentConfig = z.infer<typeof component>;
