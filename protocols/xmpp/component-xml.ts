// Stanzas between two content namespaces: a component's stream is one of `jabber:component:accept`, all else is `jabber:client`.
import { childrenOf, type Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import { attribute } from "./print.ts";
import { innerOf, printed, sourceOf, standalone } from "./source.ts";

/** A stanza we printed, for a stream whose header says the namespace (RFC 6120 §4.8.2). */
export function forComponent(xml: string): string {
  return xml.replace(` xmlns="${ns.client}"`, "");
}

/** The client's stanza, for a component. */
export function stanzaFor(stanza: Element, from: string, to: string): string {
  const { type, id } = stanza.attrs;
  const about = `${attribute("type", type)}${attribute("id", id)}${attribute("xml:lang", stanza.attrs["xml:lang"])}`;
  return stanzaOf(stanza.getName(), `${attribute("from", from)}${attribute("to", to)}${about}`, partsFor(stanza));
}

export function stanzaOf(name: string, attributes: string, inner: string): string {
  return inner === "" ? `<${name}${attributes}/>` : `<${name}${attributes}>${inner}</${name}>`;
}

function partsFor(stanza: Element): string {
  if (childrenOf(stanza).every((part) => part.attrs["xmlns"] !== ns.client)) return innerOf(stanza);
  return childrenOf(stanza)
    .map((part) => (part.attrs["xmlns"] === ns.client ? without(part) : sourceOf(part)))
    .join("");
}

/** A part that says itself that it is of the stanza's namespace, which is another one there. */
function without(part: Element): string {
  const copy = standalone(part, ns.client);
  delete copy.attrs["xmlns"];
  return printed(copy);
}

/** A component's stanza that declares the stream's namespace itself, as if it had not. */
export function asClients(element: Element): void {
  if (element.attrs["xmlns"] === ns.component) {
    element.attrs["xmlns"] = ns.client;
    delete element.source;
  }
  for (const part of childrenOf(element)) asClients(part);
}
