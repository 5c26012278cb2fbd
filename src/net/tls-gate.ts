// The TLS handshake of sockets that are accepted already: at once on a TLS port, behind a PROXY header, or after STARTTLS.
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { counter } from "../ops/metrics.ts";
import type { Logger } from "../ops/log.ts";
import { clientCertificateOf, serverEndPointOf } from "./certificate.ts";
import type { TlsContexts } from "./tls-contexts.ts";
import type { ClientCertificate, TlsState } from "./tls-state.ts";

export type ClientCertificates = "none" | "request" | "require";

export interface TlsGateOptions {
  readonly contexts: TlsContexts;
  /** What may be agreed on by ALPN; a client that offers only others is refused (RFC 7301 §3.2), one that offers nothing is not. */
  readonly alpn: readonly string[];
  readonly clientCertificates: ClientCertificates;
  /** For the handshake to be complete. Then the connection is cut. */
  readonly handshakeMs: number;
  readonly log: Logger;
}

type Opened = (socket: TLSSocket, tls: TlsState) => void;

const handshakes = counter("trivium_net_tls_handshakes_total", "TLS handshakes that succeeded");
const failures = counter("trivium_net_tls_failures_total", "Connections cut because their TLS handshake failed");

export class TlsGate {
  /** Never listens: it is given its connections. */
  readonly #server: Server;
  /** By both ends' addresses and ports, since the server tells only its own socket when a handshake is done. */
  readonly #inHandshake = new Map<string, Opened>();

  constructor({ contexts, alpn, clientCertificates, handshakeMs, log }: TlsGateOptions) {
    this.#server = createServer({
      ...contexts.options,
      SNICallback: (name, found) => found(null, contexts.contextFor(name)),
      ALPNProtocols: [...alpn],
      requestCert: clientCertificates !== "none",
      rejectUnauthorized: clientCertificates === "require",
      handshakeTimeout: handshakeMs,
      noDelay: true,
    });
    contexts.onChange(() => this.#server.setSecureContext(contexts.options));
    this.#server.on("secureConnection", (socket) => this.#done(socket));
    this.#server.on("tlsClientError", (error, socket) => {
      failures.add();
      log.debug({ what: "tls_handshake_failed", err: error }, "a TLS handshake failed");
      socket.destroy();
    });
  }

  /** Takes the socket over. When the handshake fails the socket is destroyed and `opened` never called. */
  secure(socket: Socket, opened: Opened): void {
    const ends = endsOf(socket);
    this.#inHandshake.set(ends, opened);
    socket.once("close", () => {
      if (this.#inHandshake.get(ends) === opened) this.#inHandshake.delete(ends);
    });
    this.#server.emit("connection", socket);
  }

  #done(socket: TLSSocket): void {
    const ends = endsOf(socket);
    const opened = this.#inHandshake.get(ends);
    if (opened === undefined) return void socket.destroy();
    this.#inHandshake.delete(ends);
    handshakes.add();
    // Below TLS 1.3 a client could have us do the dear part of the handshake again and again.
    socket.disableRenegotiation();
    opened(socket, new SocketTls(socket));
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/** Reads from the socket what is asked for: most connections are never asked. */
class SocketTls implements TlsState {
  readonly #socket: TLSSocket;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
  }

  get protocol(): string {
    return this.#socket.getProtocol() ?? "";
  }

  get cipher(): string {
    return this.#socket.getCipher()?.standardName ?? "";
  }

  get serverName(): string | undefined {
    // Node's types do not know it on a server's socket.
    const { servername } = this.#socket as { readonly servername?: string | false | null };
    return typeof servername === "string" && servername !== "" ? servername.toLowerCase() : undefined;
  }

  get alpn(): string | undefined {
    return this.#socket.alpnProtocol || undefined;
  }

  get client(): ClientCertificate | undefined {
    if (!this.#socket.authorized) return undefined;
    const certificate = this.#socket.getPeerX509Certificate();
    return certificate === undefined ? undefined : clientCertificateOf(certificate);
  }

  get serverEndPoint(): Buffer | undefined {
    const certificate = this.#socket.getX509Certificate();
    return certificate === undefined ? undefined : serverEndPointOf(certificate.raw);
  }

  exporter(label: string, length: number): Buffer | undefined {
    if (this.protocol !== "TLSv1.3") return undefined;
    return this.#socket.exportKeyingMaterial(length, label, Buffer.alloc(0));
  }
}
