import type { Fault, Link } from "#core";

/** What a transport does for a stream. */
export interface Transport {
  readonly link: Link;
  /** Opens our side; again after each restart. */
  open(attributes: string): void;
  /** One whole element that declares its own namespaces. */
  send(xml: string): void;
  /** Says why the stream ends, where that is not a stream error of its own. */
  fail?(fault: Fault): void;
  /** Closes our side, and then the connection. */
  close(): void;
  /** The client's program sees its end of the TLS connection, so that its proofs may be bound to that. */
  readonly bindsChannel?: boolean;
  /** Goes on in TLS; only where the link can. */
  startTls?(): void;
}
