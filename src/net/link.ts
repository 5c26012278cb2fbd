// A connection's socket as a front-end sees it: the same for TCP and WebSocket, written once a tick.
import type { Spliced } from "./spliced.ts";
import type { TlsState } from "./tls-state.ts";

/** Longer chunks have memory of their own, unless their handler says otherwise. */
export const glanceLimit = 2048;

export interface Link {
  /** For logs: `tcp:17`, `ws:4`. */
  readonly name: string;
  /** Remote address without port. */
  readonly remote: string;
  /** TLS, or a peer on this machine's loopback: a password may be sent in plain. */
  readonly secure: boolean;
  /** Undefined while the link is plain. */
  readonly tls: TlsState | undefined;
  /** The WebSocket subprotocol agreed on; empty on TCP. */
  readonly subprotocol: string;
  /** Bytes accepted by `send` and not yet taken by the kernel. */
  readonly buffered: number;
  /**
   * Queues for the end of this tick. On WebSocket one call is one frame, text for a string, binary for bytes;
   * on TCP the bytes join one write. The link owns the bytes from then on, and does not change them.
   */
  send(data: string | Uint8Array): void;
  /** As `send` of the text it is, where that need not become a string first. */
  sendSpliced?(text: Spliced): void;
  /** Sends what is queued, then closes; on WebSocket with this close code and reason (≤ 123 bytes). */
  close(code?: number, reason?: string): void;
  /** Cuts at once. */
  destroy(): void;
  /**
   * Goes on in TLS once what was sent is with the kernel: for XMPP's STARTTLS, on a plain TCP link of a server that has a
   * certificate; undefined on all others. What the client wrote before its handshake is thrown away unread, and from
   * this call on `bytes` gives nothing that came in plain. The handler must forget what it holds of the last chunk, too:
   * bytes that somebody put behind the command would otherwise count as said in TLS. Then comes `secured`; when the
   * handshake fails or takes too long, `closed`.
   */
  readonly startTls: (() => void) | undefined;
  /** Stops and starts reading the socket: backpressure for a client that sends faster than it is answered. */
  pause(): void;
  resume(): void;
  /** Where messages are counted (`limits.messages_per_second`), for those that a link cannot see: WebSocket text frames count by themselves. */
  charge?(messages: number): void;
  /** Not read at present, because it sent faster than it may. */
  readonly waiting?: boolean;
}

/** What a front-end does with its side of a link. Nothing is called after `closed`. */
export interface LinkHandler {
  /** A WebSocket text frame (already valid UTF-8). Without this method one closes the link with 1003. */
  text?(frame: string): void;
  /** A TCP chunk, or a WebSocket binary frame. The handler may keep a view of it. Without this method one closes with 1003. */
  bytes?(chunk: Buffer): void;
  /**
   * As `bytes`, for short chunks or frames (`glanceLimit`): the first `length` bytes of memory that the next one
   * overwrites, so that what is kept of it must be copied. Without this method they come to `bytes`.
   */
  glance?(memory: Buffer, length: number): void;
  /** How long a chunk may be to come to `glance`, for a handler that keeps nothing of any: copying it would be for nothing. */
  readonly mostGlanced?: number;
  /** `buffered` has fallen to nothing: what was sent is with the kernel. Follows every tick in which something was sent. */
  drained?(): void;
  /** The handshake after `startTls` has succeeded: `tls` is there, and `secure` is true. */
  secured?(): void;
  /** The client sends faster than it may, and is to be told so and ended. Without this method the link is closed (1008). */
  tooFast?(): void;
  /** The socket is gone, from either side. Called exactly once. */
  closed(): void;
}

export type Accept = (link: Link) => LinkHandler;
