// Passing on what somebody sent, as it was sent.
import { Element } from "./element.ts";
import { ns } from "./namespaces.ts";

/** The stanza's part, to stand in another stanza of `jabber:client`. */
export function sourceOf(part: Element): string {
  return part.source ?? standalone(part).toString();
}

/** All parts of the stanza, to stand in another. */
export function innerOf(stanza: Element): string {
  let inner = "";
  for (const part of stanza.children) if (typeof part !== "string") inner += sourceOf(part);
  return inner;
}

/** The part with the declarations it may lean on. */
function standalone(part: Element): Element {
  const around = part.parent?.attrs ?? {};
  const copy = new Element(part.name, { ...part.attrs });
  copy.children = part.children;
  for (const name in around) if (name.startsWith("xmlns:")) copy.attrs[name] ??= around[name]!;
  const inherited = around["xmlns"] ?? "";
  if (inherited !== ns.client) copy.attrs["xmlns"] ??= inherited;
  return copy;
}
