// XEP-0359: the server's own name for a message, and the sender's (read in content.ts, which also strips forged ones).
import type { MessageId } from "#core";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { escapeAttribute } from "../print.ts";

export const stanzaIds: Feature = {
  spec: { id: "XEP-0359", title: "Unique and Stable Stanza IDs", version: "0.7.0", status: "complete" },
  disco: [ns.stanzaIds],
};

/** `by`: the recipient's bare JID, or the room's. */
export function stanzaId(by: string, mid: MessageId): string {
  return `<stanza-id xmlns="${ns.stanzaIds}" by="${escapeAttribute(by)}" id="${mid}"/>`;
}
