// Passing on what somebody sent, as it was sent.
import { Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import { escapeAttribute, escapeText } from "./print.ts";

/** The stanza's part, to stand in another stanza of `jabber:client`. */
export function sourceOf(part: Element): string {
  return part.source ?? aloneOf(part, ns.client);
}

/** The element as it is without what stands around it, to stand in an element of the namespace; `undefined`: of any. */
export function aloneOf(element: Element, within: string | undefined): string {
  return printed(standalone(element, within));
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

/** A copy with the declarations it may lean on, all the way up. */
export function standalone(element: Element, within: string | undefined): Element {
  const copy = new Element(element.name, { ...element.attrs });
  copy.children = element.children;
  let inherited: string | undefined;
  for (let around = element.parent; around !== null; around = around.parent) {
    inherited ??= around.attrs["xmlns"];
    for (const name in around.attrs) if (name.startsWith("xmlns:")) copy.attrs[name] ??= around.attrs[name]!;
  }
  inherited ??= "";
  if (inherited !== within) copy.attrs["xmlns"] ??= inherited;
  return copy;
}
