// What an IQ asks of a service that has no accounts: of its domain, and nothing else.
import type { Jid } from "./addressing.ts";
import { type Element, firstChildOf } from "./element.ts";
import { StanzaError } from "./faults.ts";

export interface ServiceQuestion {
  readonly type: "get" | "set";
  readonly payload: Element;
  /** Type, namespace and name of it. */
  readonly asked: string;
}

/** Undefined for an answer. Fault: service-unavailable, for any address but the domain's. */
export function serviceQuestion(stanza: Element, to: Jid): ServiceQuestion | undefined {
  const { type } = stanza.attrs;
  if (type !== "get" && type !== "set") return undefined;
  const payload = firstChildOf(stanza);
  if (to.local !== "" || payload === undefined) throw new StanzaError("service-unavailable", "nobody there");
  return { type, payload, asked: `${type} ${payload.getNS()} ${payload.getName()}` };
}
