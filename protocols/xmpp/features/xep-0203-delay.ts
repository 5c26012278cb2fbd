// XEP-0203: when a message was sent that comes late.
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { escapeAttribute } from "../print.ts";
import { stamp } from "../translate.ts";

export const delay: Feature = {
  spec: { id: "XEP-0203", title: "Delayed Delivery", version: "2.0", status: "complete" },
  disco: [ns.delay],
};

/** `from` held it back: the host, or a room. */
export function delayed(from: string, at: number): string {
  return `<delay xmlns="${ns.delay}" from="${escapeAttribute(from)}" stamp="${stamp(at)}"/>`;
}
