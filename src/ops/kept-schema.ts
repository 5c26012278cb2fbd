// Topics whose publications are kept, as they are configured.
import { z } from "zod";

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `90s`, `15m`, `12h`, `7d`, `4w`. */
const duration = z.string().regex(/^[1-9][0-9]{0,5}[smhdw]$/, "must be a number and s, m, h, d or w, as 7d");

/** Wildcards alone in their level, `#` at the end (MQTT 5.0 §4.7.1). */
const filter = z
  .string()
  .regex(/^(?:(?:[^+#/\0]*|\+)\/)*(?:[^+#/\0]*|\+|#)$/, "must be a topic filter")
  .refine((text) => text !== "" && !text.startsWith("$"), "must be a filter of plain topics");

export const keptTopicsSchema = z
  .record(filter, duration)
  .describe(
    "Topics that are conversations with history and search, by filter, and how long: `telemetry/#: 7d`. The first that matches decides. See docs/reference/kept-topics.md.",
  );

export function keptFiltersOf(kept: z.infer<typeof keptTopicsSchema>): readonly { filter: string; forMs: number }[] {
  return Object.entries(kept).map(([filter, text]) => ({
    filter,
    forMs: Number(text.slice(0, -1)) * unitMs[text.at(-1) as keyof typeof unitMs],
  }));
}
