// An XML element as ltx keeps it, typed, and with the text it was parsed from.
import { Element as LtxElement } from "@xmpp/xml";

/** What one stanza, or one part of it, says. */
export interface Element {
  name: string;
  attrs: Record<string, string>;
  children: (Element | string)[];
  parent: Element | null;
  /**
   * The element as it stood in the input, for a stanza's own children: to pass it on without printing it. Undefined
   * when it leans on declarations outside of it, or arrived in pieces.
   */
  source?: string;
  /** The name without its prefix. */
  getName(): string;
  /** The namespace, by the declarations on the element and above it. */
  getNS(): string | undefined;
  is(name: string, xmlns?: string): boolean;
  getChild(name: string, xmlns?: string): Element | undefined;
  getChildren(name: string, xmlns?: string): Element[];
  /** The text directly within. */
  getText(): string;
  getChildText(name: string, xmlns?: string): string | null;
  toString(): string;
}

export const Element = LtxElement as unknown as new (name: string, attrs?: Record<string, string>) => Element;

/** The element's children that are elements. */
export function childrenOf(element: Element): Element[] {
  return element.children.filter((child): child is Element => typeof child !== "string");
}

/** The first child that is an element. */
export function firstChildOf(element: Element): Element | undefined {
  for (const child of element.children) if (typeof child !== "string") return child;
  return undefined;
}
