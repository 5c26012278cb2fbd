// A server with a certificate, and clients that do a handshake with it.
import { once } from "node:events";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Listener } from "../../../src/net/door.ts";
import { TlsContexts, type TlsFiles } from "../../../src/net/tls-contexts.ts";
import { TlsGate, type TlsGateOptions } from "../../../src/net/tls-gate.ts";
import { silent } from "../../../src/ops/log.ts";
import { Authority, type Pair } from "../../support/certificates.ts";
import { Notebook, tcpFor } from "./peers.ts";

export class TlsScene {
  authority!: Authority;
  server!: Pair;
  listener: Listener | undefined;
  contexts: TlsContexts | undefined;

  /** To be called within a `describe`. */
  constructor() {
    before(async () => {
      this.authority = await Authority.found();
      this.server = await this.authority.sign();
    });
    afterEach(async () => {
      await this.listener?.[Symbol.asyncDispose]();
      this.contexts?.[Symbol.dispose]();
      this.listener = this.contexts = undefined;
    });
    after(() => this.authority[Symbol.asyncDispose]());
  }

  get port(): number {
    return this.listener?.port ?? 0;
  }

  gate(files: Partial<TlsFiles> = {}, options: Partial<TlsGateOptions> = {}): TlsGate {
    const contexts = new TlsContexts({ ...this.server, ca: this.authority.cert, hosts: [], ...files }, silent);
    this.contexts = contexts;
    return new TlsGate({ contexts, alpn: [], clientCertificates: "none", handshakeMs: 2_000, log: silent, ...options });
  }

  async served(tls = this.gate()): Promise<Notebook> {
    const book = new Notebook();
    this.listener = await tcpFor(book.accept, undefined, 0, { tls });
    return book;
  }

  /** Resolves once the handshake is done on this side. */
  async dial(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connectTls({ host: "127.0.0.1", port: this.port, ca: await this.authority.ca, ...options });
    const done = once(socket, "secureConnect");
    socket.on("error", () => undefined);
    await done;
    return socket;
  }
}
