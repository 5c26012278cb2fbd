// Access rules for topics, as they are configured.
import { z } from "zod";

/** `a/+/b`, `a/#`: wildcards alone in their level, `#` at the end (MQTT 5.0 §4.7.1). */
const filter = z
  .string()
  .min(1)
  .max(65_535)
  .regex(/^(?:(?:[^+#/\0]*|\+)\/)*(?:[^+#/\0]*|\+|#)$/, "must be a topic filter")
  .refine((text) => !text.startsWith("$share/"), "must be the filter behind $share/…, which is what is looked at");

const who = z
  .string()
  .regex(/^(?:all|anonymous|user:.+|client:.+)$/s, "must be all, anonymous, user:NAME or client:ID");

const rule = z.strictObject({
  effect: z.enum(["allow", "deny"]),
  who: z.array(who).min(1).default(["all"]).describe("all, anonymous, user:NAME, client:ID. One that fits is enough."),
  may: z.enum(["publish", "subscribe", "all"]).default("all"),
  topics: z
    .array(filter)
    .min(1)
    .describe(
      "Filters. %u is the account's name, %c the client id; one with +, #, / or a leading $ in it fits nothing.",
    ),
});

export const aclSchema = z
  .array(rule)
  .max(10_000)
  .describe(
    "Access rules for topics; the first that fits decides. Where none does: everything but publishing to `$…`, and `$SYS/#` for anonymous clients. Read again on SIGHUP. See docs/reference/access-rules.md.",
  );
