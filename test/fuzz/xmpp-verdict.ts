// What RFC 6120 has a server do with what a client says: go on, or end the stream, and with which error.
import { parseJid } from "../../protocols/xmpp/addressing.ts";
import type { Element } from "../../protocols/xmpp/element.ts";
import type { Reading, Transport } from "./xmpp-reader.ts";

/** Conditions of which one is right; "": the stream goes on. */
export type Verdict = ReadonlySet<string>;

export const goesOn: Verdict = new Set([""]);
const stanzas: ReadonlySet<string> = new Set(["message", "presence", "iq"]);
const harmless: ReadonlySet<string> = new Set([
  "urn:xmpp:sm:3 r",
  "urn:xmpp:sm:3 enable",
  "urn:xmpp:sm:3 resume",
  "urn:xmpp:csi:0 active",
  "urn:xmpp:csi:0 inactive",
]);

/** On an element of a stream that is bound for this account, stream management enabled. */
export function verdictOn(element: Element, account: string): Verdict {
  const [name, xmlns] = [element.getName(), element.getNS()];
  if (stanzas.has(name)) {
    // RFC 6120 §4.9.3.10
    if (xmlns !== "jabber:client") return new Set(["invalid-namespace"]);
    // §4.9.3.9, §8.1.2.1
    const { from } = element.attrs;
    return from === undefined || parseJid(from)?.bare === account ? goesOn : new Set(["invalid-from"]);
  }
  if (harmless.has(`${xmlns} ${name}`)) return goesOn;
  if (xmlns === "urn:xmpp:sm:3" && name === "a") return acknowledged(element.attrs["h"]);
  return new Set(["unsupported-stanza-type"]); // §4.9.3.24
}

/** XEP-0198 §4: nothing was acknowledged yet, and little was sent. */
function acknowledged(h: string | undefined): Verdict {
  if (h === undefined || !/^\d{1,10}$/.test(h) || Number(h) >= 2 ** 32) return new Set(["bad-format"]);
  const count = Number(h);
  if (count === 0 || count > 2 ** 31) return goesOn; // of before, modulo 2^32
  return count > 1_000_000 ? new Set(["undefined-condition"]) : new Set(["", "undefined-condition"]);
}

/**
 * On all that was read. Behind an element that ends the stream, what the bytes are refused with may be noticed first, when the
 * element waits for others.
 */
export function verdictOnAll({ elements, refusal }: Reading, account: string, transport: Transport): Verdict {
  const conditions = new Set<string>();
  let over = false;
  for (const element of elements) {
    const verdict = verdictOn(element, account);
    if (verdict === goesOn) continue;
    for (const condition of verdict) if (condition !== "") conditions.add(condition);
    if (!verdict.has("")) over = true;
  }
  if (refusal !== undefined) conditions.add(transport === "bosh" ? bindingError(refusal) : refusal);
  else if (!over) conditions.add("");
  return conditions;
}

/** XEP-0124 §17.2: a wrapper that cannot be read is BOSH's to refuse. */
export function bindingError(refusal: string): string {
  return refusal === "policy-violation" ? refusal : "bad-request";
}

/** On what may come before a login: SASL's own failures go on (RFC 6120 §6.4.5), STARTTLS's close the stream (§5.4.2.2). */
export const beforeLogin: Verdict = new Set([
  "invalid-namespace",
  "not-authorized",
  "policy-violation",
  "unsupported-stanza-type",
]);

/** On what opens a stream (RFC 6120 §4.7, §4.8; RFC 7395 §3.3.2). */
export function verdictOnOpening(transport: "websocket" | "tcp", { elements, refusal }: Reading): Verdict {
  const [opening] = elements;
  if (opening === undefined) return new Set([refusal ?? ""]);
  const [name, xmlns] = transport === "tcp" ? ["stream", "http://etherx.jabber.org/streams"] : ["open", "urn:ietf:params:xml:ns:xmpp-framing"]; // prettier-ignore
  const conditions = new Set(refusal === undefined ? [] : [refusal]);
  if (opening.getName() !== name) conditions.add("bad-format").add("invalid-namespace");
  if (opening.getNS() !== xmlns) conditions.add("invalid-namespace").add("bad-format");
  if (transport === "tcp" && opening.attrs["xmlns"] !== "jabber:client") conditions.add("invalid-namespace"); // §4.8.3
  const { to, from, version } = opening.attrs;
  if (to === undefined || to === "") conditions.add("improper-addressing");
  else if (parseJid(to)?.bare !== "localhost" || to.includes("/")) conditions.add("host-unknown");
  if (Number.parseInt(version ?? "", 10) !== 1) conditions.add("unsupported-version");
  if (from !== undefined && parseJid(from) === undefined) conditions.add("invalid-from");
  if (conditions.size === 0) conditions.add("");
  return conditions;
}
