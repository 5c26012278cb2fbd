// What a protocol must be, for the composition root to serve it.
import type { Accept } from "./net/link.ts";
import type { TlsState } from "./net/tls-state.ts";

export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A request that is answered when its front-end likes, once. */
export interface HttpExchange {
  /** See `Link`. */
  readonly remote: string;
  readonly secure: boolean;
  readonly tls: TlsState | undefined;
  readonly body: Buffer;
  /** It was longer than it may be: `body` is its beginning. */
  readonly truncated: boolean;
  /** `sent` is told whether all of it went to the kernel, or the client was gone before. */
  answer(reply: HttpReply, sent?: (whole: boolean) => void): void;
  /** Calls when the client goes without having its answer. */
  onGone(gone: () => void): void;
}

export interface PostEndpoint {
  readonly path: string;
  /** In bytes; of a larger request only so much is kept. */
  readonly maxBody: number;
  /** `accept` as below, or one whose links keep to the configured pace. */
  readonly handle: (exchange: HttpExchange, accept: Accept) => void;
  /** For a connection that is made of such requests. */
  readonly accept: Accept;
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
  /** POST requests on the shared HTTP port; web pages of the allowed origins may send them, too. */
  readonly posts?: readonly PostEndpoint[];
  readonly http: readonly { readonly path: string; readonly answer: (host: string, secure: boolean) => HttpReply }[];
  /** Says goodbye on every connection in the protocol's words and closes it; resolves when all are closed. */
  drain(deadlineMs: number): Promise<void>;
}
