// Reads the PROXY header of connections that come from trusted proxies, and closes all others.
import { BlockList, isIPv4, isIPv6, type Socket } from "node:net";
import { counter } from "../ops/metrics.ts";
import type { Logger } from "../ops/log.ts";
import { proxyHeaderLimit, readProxyHeader } from "./proxy-protocol.ts";

/** For whom a proxy speaks. */
export interface Proxied {
  readonly remote: string;
  /** The client speaks TLS with the proxy. */
  readonly tls: boolean;
}

/** "a short timeout … (at least 3 seconds to cover a TCP retransmit)" (PROXY protocol §2) */
const defaultHeaderMs = 5_000;
/** Connections whose header is not there yet. At the bound a new one is closed. */
const maxUnread = 1_000;
const empty = Buffer.alloc(0);

const refused = counter(
  "trivium_net_refused_proxies_total",
  "Connections closed for want of a PROXY header of a trusted proxy",
);

export class Proxies {
  readonly #trusted: BlockList;
  readonly #log: Logger;
  readonly #headerMs: number;
  #unread = 0;

  /** `trusted`: addresses, and networks such as `10.0.0.0/8`. */
  constructor(trusted: readonly string[], log: Logger, headerMs = defaultHeaderMs) {
    this.#trusted = networksOf(trusted);
    this.#log = log;
    this.#headerMs = headerMs;
  }

  /** Calls `known` when the header is read, with what follows it still unread in the socket; otherwise cuts the socket. */
  introduce(socket: Socket, peer: string, known: (client: Proxied) => void): void {
    if (!this.#trusted.check(peer, isIPv4(peer) ? "ipv4" : "ipv6")) return this.#refuse(socket, peer, "not trusted");
    if (this.#unread >= maxUnread) return this.#refuse(socket, peer, "too many at once");
    this.#unread += 1;
    const timer = setTimeout(() => this.#refuse(socket, peer, "no header in time"), this.#headerMs);
    const done = (): void => {
      this.#unread -= 1;
      clearTimeout(timer);
      socket.off("data", read);
      socket.off("close", done);
    };
    let bytes: Buffer = empty;
    const read = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const header = readProxyHeader(bytes);
      if (header === undefined && bytes.length < proxyHeaderLimit) return;
      done();
      socket.pause();
      if (header === undefined || header === "malformed") return this.#refuse(socket, peer, "no PROXY header");
      // Not an empty rest: that would say that the peer has ended.
      if (bytes.length > header.size) socket.unshift(bytes.subarray(header.size));
      known({ remote: header.remote ?? peer, tls: header.tls });
    };
    socket.on("data", read);
    socket.once("close", done);
  }

  #refuse(socket: Socket, peer: string, why: string): void {
    refused.add();
    this.#log.debug({ what: "proxy_refused", peer, why }, "a connection on a proxies' port is closed");
    socket.destroy();
  }
}

/** Throws an error that names what is neither an address nor a network. */
export function networksOf(texts: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const text of texts) {
    const [address = "", bits, ...more] = text.split("/");
    const family = isIPv4(address) ? "ipv4" : isIPv6(address) ? "ipv6" : undefined;
    const most = family === "ipv4" ? 32 : 128;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (family === undefined || more.length > 0 || prefix < 0 || prefix > most)
      throw new Error(`${text} is no address and no network such as 10.0.0.0/8`);
    networks.addSubnet(address, prefix, family);
  }
  return networks;
}
