// What a presence stanza says within (RFC 6121 §4.7.2), printed from what the core knows.
import type { PresenceUpdate, Show } from "#core";
import { escapeText, legalText } from "./print.ts";
import { extensionOf } from "./translate.ts";

export type Shown = PresenceUpdate & { readonly show: Show };

export function innerOfUpdate({ available: there, show: shown, status, priority, extensions }: Shown): string {
  const showing = there && shown !== "available" ? `<show>${shown}</show>` : "";
  const saying = status === undefined ? "" : `<status>${escapeText(legalText(status))}</status>`;
  const rank = there && priority !== undefined && priority !== 0 ? `<priority>${priority}</priority>` : "";
  return showing + saying + rank + (extensionOf({ extensions })?.parts ?? "");
}
