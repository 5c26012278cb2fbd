import type { Fault, Link, Spliced } from "#core";
import { StreamError, streamErrorOf } from "../faults.ts";
import type { Stream } from "../stream.ts";

/** What a transport does for a stream. */
export interface Transport {
  readonly link: Link;
  /** Opens our side; again after each restart. */
  open(attributes: string): void;
  /** One whole element that declares its own namespaces. */
  send(xml: string): void;
  /** The same of an element that many get; without this it becomes a string. */
  readonly sendSpliced?: ((xml: Spliced) => void) | undefined;
  /** Says why the stream ends, where that is not a stream error of its own. */
  fail?(fault: Fault): void;
  /** Closes our side, and then the connection. */
  close(): void;
  /** The client's program sees its end of the TLS connection, so that its proofs may be bound to that. */
  readonly bindsChannel?: boolean;
  /** Goes on in TLS; only where the link can. */
  startTls?(): void;
}

export function say(transport: Transport, xml: string | Spliced): void {
  if (typeof xml === "string") transport.send(xml);
  else if (transport.sendSpliced === undefined) transport.send(xml.toString());
  else transport.sendSpliced(xml);
}

/** Why the stream ends. */
export function sayWhy(transport: Transport, fault: Fault): void {
  if (transport.fail === undefined) transport.send(streamErrorOf(fault));
  else transport.fail(fault);
}

/**
 * XEP-0388 §2.4: while authentication is in progress "Clients MUST NOT send whitespace […] Servers MUST disconnect Clients
 * immediately if any other traffic is received". A line end in one piece with an element is not held against a client: some end
 * every element with one.
 */
export function refuseBlank(stream: Stream): void {
  if (stream.guard !== undefined) throw new StreamError("policy-violation", "white space in the middle of SASL");
}
