// Passing on what somebody sent, as it was sent.
import { Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import { escapeAttribute, escapeText } from "./print.ts";

/** The stanza's part, to stand in another stanza of `jabber:client`. */
export function sourceOf(part: Element): string {
  return part.source ?? printed(standalone(part));
}

/** So that it is read as it was: ltx prints line ends and tabs as they are, and a parser makes spaces of them. */
export function printed({ name, attrs, children }: Element): string {
  let text = `<${name}`;
  for (const key in attrs) text += ` ${key}="${escapeAttribute(attrs[key]!)}"`;
  if (children.length === 0) return `${text}/>`;
  text += ">";
  for (const child of children) text += typeof child === "string" ? escapeText(child) : printed(child);
  return `${text}</${name}>`;
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
