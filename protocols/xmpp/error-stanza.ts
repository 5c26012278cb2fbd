// A refused stanza, on its way back (RFC 6120 §8.3.1).
import type { Fault } from "#core";
import type { Element } from "./element.ts";
import { stanzaErrorOf } from "./faults.ts";
import { ns } from "./namespaces.ts";
import { attribute } from "./print.ts";
import { innerOf } from "./source.ts";

/** What is refused; with the stanza itself its sender sees again what it said. */
export interface Refused {
  readonly id?: string | undefined;
  readonly to?: string | undefined;
  readonly stanza?: Element | undefined;
}

export function errorStanza(name: string, { id, to, stanza }: Refused, sender: string, fault: Fault): string {
  const attributes = `${attribute("id", id)}${attribute("from", to)}${attribute("to", sender)}`;
  // Rule 3: the original XML may be included. A message's is, unless it holds what would be taken for our error; an IQ may hold
  // a password. Of who may not enter a room, clients know by XEP-0045's element what was refused; it may hold a password, too.
  const echoes = name === "message" && stanza?.getChild("error", ns.client) === undefined;
  const enters = name === "presence" && stanza?.getChild("x", ns.muc) !== undefined;
  const words = echoes && stanza !== undefined ? innerOf(stanza) : enters ? `<x xmlns="${ns.muc}"/>` : "";
  return `<${name} xmlns="${ns.client}" type="error"${attributes}>${words}${stanzaErrorOf(fault)}</${name}>`;
}
