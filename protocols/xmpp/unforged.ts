// A stanza on its way through a room, less what only the room or the server may say of who sent it.
import { isOurs } from "./content.ts";
import { childrenOf, type Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import type { XmppServer } from "./server.ts";
import { sourceOf } from "./source.ts";

/** What a room says of its occupants in their presence (XEP-0045 §7.2.2, XEP-0421 §4), and what asks to come in. */
export const roomsOwn: ReadonlySet<string | undefined> = new Set([ns.muc, ns.mucUser, ns.occupantIds, ns.hats]);

/** The parts of a message that is handed on as it is. */
export function unforged(stanza: Element, server: XmppServer): string {
  let parts = "";
  for (const part of childrenOf(stanza)) if (!isForged(part, server)) parts += sourceOf(part);
  return parts;
}

function isForged(part: Element, server: XmppServer): boolean {
  const xmlns = part.getNS();
  if (roomsOwn.has(xmlns)) return true;
  if (xmlns === ns.stanzaIds) return part.getName() !== "origin-id" && isOurs(part.attrs["by"], server); // XEP-0359 §5
  return xmlns === ns.delay && isOurs(part.attrs["from"], server); // XEP-0203 §4
}
