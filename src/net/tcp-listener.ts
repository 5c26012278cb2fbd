// Accepts TCP connections for a front-end.
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Logger } from "../ops/log.ts";
import { hostPort, plainAddress } from "./address.ts";
import type { ConnectionLimits } from "./connection-limits.ts";
import type { Accept } from "./link.ts";
import { goodbyeMs, SocketLink, type Wire } from "./socket-link.ts";

export interface TcpListenerOptions {
  /** For logs and errors: `mqtt`. */
  readonly name: string;
  readonly host: string;
  /** 0 picks one. */
  readonly port: number;
  readonly accept: Accept;
  readonly limits: ConnectionLimits;
  readonly log: Logger;
}

/** Disposing it cuts what is still connected. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
  /** Accepts no more; what is connected stays. */
  stop(): void;
}

/** A peer that vanished without a word is noticed by the kernel after this much silence. */
export const keepAliveMs = 60_000;

export async function listenTcp(options: TcpListenerOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }, (socket) => {
    const link = linkOf(socket, `${options.name}:${++count}`, options);
    if (link === undefined) return;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    link.serve(options.accept);
  });
  await listening(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => void server.close(),
    [Symbol.asyncDispose]: () => {
      const closed = new Promise<void>((done) => void server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}

export type Where = Pick<TcpListenerOptions, "name" | "host" | "port" | "log">;

/** Resolves when the server listens; rejects with an error that says what was asked and what to do. */
export function listening(server: Server, { name, host, port, log }: Where): Promise<void> {
  return new Promise((resolve, reject) => {
    // Later errors are of single accepts (no more file descriptors): the server goes on.
    server.on("error", (cause: NodeJS.ErrnoException) => {
      if (server.listening) return log.error({ what: "accept_failed", name, err: cause }, "cannot accept a connection");
      reject(new Error(`${name}: cannot listen on ${hostPort(host, port)}: ${reasonOf(cause)}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

function reasonOf(cause: NodeJS.ErrnoException): string {
  if (cause.code === "EADDRINUSE") return "another program listens there; choose another port, or 0 to pick a free one";
  if (cause.code === "EACCES") return "not allowed; ports below 1024 need a privilege";
  if (cause.code === "EADDRNOTAVAIL") return "this machine has no such address";
  return cause.message;
}

function linkOf(socket: Socket, name: string, options: TcpListenerOptions): SocketLink | undefined {
  const remote = plainAddress(socket.remoteAddress ?? "");
  // A peer that has gone already has no address.
  if (remote === "" || !options.limits.admit(remote)) return void socket.destroy();
  const link = new SocketLink(name, remote, socket, new TcpWire(socket), options.log);
  socket.on("data", (chunk) => link.receivedBytes(chunk));
  socket.on("error", (error) =>
    options.log.debug({ what: "socket_failed", link: name, err: error }, "a socket failed"),
  );
  socket.once("close", () => {
    options.limits.release(remote);
    link.closed();
  });
  return link;
}

class TcpWire implements Wire {
  readonly subprotocol = "";
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get writable(): boolean {
    return this.#socket.writable;
  }

  headerSize(): number {
    return 0;
  }

  putHeader(_into: Buffer, at: number): number {
    return at;
  }

  end(): void {
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), goodbyeMs);
    timer.unref();
    this.#socket.once("close", () => clearTimeout(timer));
  }

  cut(): void {
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}
