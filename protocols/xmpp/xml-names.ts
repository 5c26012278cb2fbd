// Namespaces in XML 1.0, which saxes is not asked for: it would keep a table for every element.
import type { Element } from "./element.ts";
import { StreamError } from "./faults.ts";
import { ns } from "./namespaces.ts";

/**
 * Namespaces in XML 1.0: prefixes bound, attributes unique by expanded name, the reserved ones left alone. With `levels`,
 * true when a prefix is bound further up than that many elements.
 */
export function checkNames(
  element: Element,
  limits: { readonly namespaces: number },
  levels: number | undefined,
): boolean {
  let declarations = 0;
  let prefixed: string[] | undefined;
  for (const name in element.attrs) {
    if (name === "xmlns") {
      declarations++;
      checkBinding("", element.attrs[name]!);
    } else if (name.includes(":")) {
      const prefix = prefixOf(name);
      if (prefix === "xmlns") {
        declarations++;
        checkBinding(name.slice("xmlns:".length), element.attrs[name]!);
      } else if (prefix !== "xml") {
        (prefixed ??= []).push(name);
      }
    }
  }
  if (declarations > limits.namespaces) throw tooMuch("too many namespaces");
  let leans = false;
  if (element.name.includes(":")) leans = resolve(prefixOf(element.name), element) >= (levels ?? Infinity);
  if (prefixed === undefined) return leans;
  const seen = new Set<string>();
  for (const name of prefixed) {
    const prefix = prefixOf(name);
    leans = resolve(prefix, element) >= (levels ?? Infinity) || leans;
    const expanded = `${bound(prefix, element)} ${name.slice(prefix.length + 1)}`;
    if (seen.has(expanded)) throw malformed("duplicate attribute");
    seen.add(expanded);
  }
  return leans;
}

function checkBinding(prefix: string, uri: string): void {
  const reserved = uri === ns.xml || uri === ns.xmlns || prefix === "xmlns" || prefix === "xml";
  if (reserved && !(prefix === "xml" && uri === ns.xml)) throw malformed("reserved namespace");
  if (prefix !== "" && uri === "") throw malformed("prefix undeclared");
  // §3: "The attribute's normalized value MUST be either a URI reference […] or an empty string." Other parsers trim it,
  // of what Unicode calls white space, too.
  if (whiteSpace.test(uri)) throw malformed("no namespace name");
}

export const whiteSpace = /\s/;

function prefixOf(name: string): string {
  const colon = name.indexOf(":");
  if (colon === 0 || colon === name.length - 1 || name.includes(":", colon + 1)) throw malformed("malformed name");
  return name.slice(0, colon);
}

/** How many elements up the prefix is declared. */
function resolve(prefix: string, element: Element): number {
  if (prefix === "xml") return 0;
  if (prefix === "xmlns") throw malformed("reserved prefix");
  let up = 0;
  for (let at: Element | null = element; at !== null; at = at.parent, up++) {
    if (at.attrs[`xmlns:${prefix}`] !== undefined) return up;
  }
  throw malformed("unbound prefix");
}

function bound(prefix: string, element: Element): string {
  for (let at: Element | null = element; at !== null; at = at.parent) {
    const uri = at.attrs[`xmlns:${prefix}`];
    if (uri !== undefined) return uri;
  }
  return "";
}

export function malformed(message: string): StreamError {
  return new StreamError("not-well-formed", message);
}

export function tooMuch(message: string): StreamError {
  return new StreamError("policy-violation", message);
}
