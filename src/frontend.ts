// What a protocol must be, for the composition root to serve it.
import type { Accept } from "./net/link.ts";

export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Frontend {
  readonly name: string;
  /** WebSocket end points on the shared HTTP port. `maxFrame` in bytes; a larger frame closes with 1009. */
  readonly webSockets: readonly {
    readonly path: string;
    /** The first of these that the client offers is agreed on; with none in common the upgrade answers 400. */
    readonly subprotocols: readonly string[];
    /** Whether a client may offer no subprotocol at all. */
    readonly subprotocolOptional?: boolean;
    readonly maxFrame: number;
    readonly accept: Accept;
  }[];
  /** TCP listeners, by the name of the configured port; where there is a certificate, one in TLS for each, too. */
  readonly tcp: readonly {
    readonly name: string;
    readonly accept: Accept;
    /** What may be agreed on in the handshake of the TLS port (ALPN, RFC 7301). */
    readonly alpn?: readonly string[];
    /** Whether links of the plain port may go on in TLS. */
    readonly startTls?: boolean;
  }[];
  readonly http: readonly { readonly path: string; readonly answer: (host: string, secure: boolean) => HttpReply }[];
  /** Says goodbye on every connection in the protocol's words and closes it; resolves when all are closed. */
  drain(deadlineMs: number): Promise<void>;
}
