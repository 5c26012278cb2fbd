// XEP-0334: hints about keeping and copying; read in content.ts.
import type { Envelope } from "#core";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { readEntry } from "../translate.ts";

export const hints: Feature = {
  spec: {
    id: "XEP-0334",
    title: "Message Processing Hints",
    version: "0.4.0",
    status: "complete",
    note: "no-permanent-store is in the log, which other protocols read, and in no archive",
  },
  disco: [ns.hints],
};

const offTheRecord = /<(?:[^\s<>/]+:)?no-permanent-store[\s/>]/;

/** §4.1: its sender wants it in no archive. */
export function isOffTheRecord(entry: Envelope): boolean {
  const { parts } = readEntry(entry);
  return parts.includes(ns.hints) && offTheRecord.test(parts);
}
