// What an item of a node says. Other protocols keep XML there: JSON stands in it as XEP-0335 has it.
import { Refusal } from "./faults.ts";

const opening = /^<json xmlns=["']urn:xmpp:json:0["']>/;
const closing = "</json>";
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const reference = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi;

/** JSON as it is kept: what XML cannot say is written as JSON's own escapes. */
export function keptPayload(payload: unknown): string {
  const json = JSON.stringify(payload);
  if (json === undefined) throw new Refusal("bad-request", "payload: must be given");
  const escaped = json.replace(/[\u007f-\u009f\ufffe\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`); // prettier-ignore
  const text = escaped.replace(/[&<>]/g, (each) => (each === "&" ? "&amp;" : each === "<" ? "&lt;" : "&gt;"));
  return `<json xmlns="urn:xmpp:json:0">${text}${closing}`;
}

/** Fields of an item: `payload` where it is JSON; else the XML as it is, for who can read it. */
export function payloadFields(kept: string): { readonly payload?: unknown; readonly xml?: string } {
  const head = opening.exec(kept)?.[0];
  if (head === undefined || !kept.endsWith(closing)) return kept === "" ? {} : { xml: kept };
  const text = kept.slice(head.length, -closing.length);
  try {
    return { payload: JSON.parse(text.replace(reference, replaced)) as unknown };
  } catch {
    return { xml: kept }; // it only says that it is JSON
  }
}

function replaced(
  whole: string,
  hex: string | undefined,
  decimal: string | undefined,
  name: string | undefined,
): string {
  if (name !== undefined) return entities[name] ?? whole;
  const point = Number.parseInt(hex ?? decimal!, hex === undefined ? 10 : 16);
  return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
}
