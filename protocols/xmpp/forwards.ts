// Messages said again elsewhere (XEP-0297), read and written.
import type { Envelope, Forwarded } from "#core";
import { parseJid, userOfJid } from "./addressing.ts";
import type { Element } from "./element.ts";
import { delayed } from "./features/xep-0203-delay.ts";
import { ns } from "./namespaces.ts";
import { attribute, escapeText, legalText } from "./print.ts";

const longestText = 64 << 10;

/**
 * What a client says it forwards: its word alone (§6: "Receipt of a forwarded stanza from a third-party does not guarantee that
 * the original stanza was actually received"). Undefined when that has no text.
 */
export function forwardedIn(part: Element): Forwarded | undefined {
  const message = part.getChild("message", ns.client);
  const body = message?.getChildText("body", ns.client) ?? "";
  if (message === undefined || body === "" || body.length > longestText) return undefined;
  const jid = parseJid(message.attrs["from"] ?? "");
  const at = Date.parse(part.getChild("delay", ns.delay)?.attrs["stamp"] ?? "");
  // Who is in a room is known there by a nick: no account of ours.
  const from = jid === undefined || jid.local === "" || message.attrs["type"] === "groupchat" ? undefined : jid;
  return { from: from && userOfJid(from), at: Number.isNaN(at) ? undefined : at, body, claimed: true };
}

/**
 * Of an entry from another protocol. §4 would have the text apart from the sender's own words; the text as a body is for clients that
 * know nothing of this, marked as such (XEP-0428) for those that do.
 */
export function forwardedPart({ body, at }: Envelope, forwarded: Forwarded): string {
  const fallback = forwarded.body === undefined ? `<fallback xmlns="${ns.fallback}" for="${ns.forward}"><body/></fallback>` : ""; // prettier-ignore
  const text = `<body>${escapeText(legalText(forwarded.body ?? body ?? ""))}</body>`;
  const message = `<message xmlns="${ns.client}"${attribute("from", forwarded.from)} type="chat">${text}</message>`;
  return `${fallback}<forwarded xmlns="${ns.forward}">${delayed(undefined, forwarded.at ?? at)}${message}</forwarded>`;
}
