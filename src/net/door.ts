// A port where connections come in: counts them, learns who they are, and has them in TLS where the port is for that.
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Logger } from "../ops/log.ts";
import { hostPort, isLoopback, plainAddress } from "./address.ts";
import type { ConnectionLimits } from "./connection-limits.ts";
import type { Proxies, Proxied } from "./proxies.ts";
import type { Arrival } from "./socket-link.ts";
import type { TlsGate } from "./tls-gate.ts";

export interface DoorOptions {
  /** For logs and errors: `mqtt`. */
  readonly name: string;
  readonly host: string;
  /** 0 picks one. */
  readonly port: number;
  readonly limits: ConnectionLimits;
  readonly log: Logger;
  /** Every connection begins with a TLS handshake. */
  readonly tls?: TlsGate | undefined;
  /** Every connection begins with a PROXY header, in front of the handshake. */
  readonly proxies?: Proxies | undefined;
}

/** Disposing it cuts what is still connected. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
  /** Accepts no more; what is connected stays. */
  stop(): void;
}

export interface Visitors {
  /** Gets each connection that is ready, within the event that made it so. */
  readonly enter: (arrival: Arrival) => void;
  /** Says to a plain connection, which is then cut, that there is no place. */
  readonly full?: (socket: Socket) => void;
}

/** A peer that vanished without a word is noticed by the kernel after this much silence. */
const keepAliveMs = 60_000;

export async function openDoor(options: DoorOptions, visitors: Visitors): Promise<Listener> {
  const sockets = new Set<Socket>();
  const failed = (error: Error): void =>
    options.log.debug({ what: "socket_failed", name: options.name, err: error }, "a socket failed");
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }, (socket) => {
    sockets.add(socket);
    (socket as Visitor)[visiting] = new Visit(sockets);
    socket.on("close", left);
    socket.on("error", failed);
    receive(socket, options, visitors);
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

/** Resolves when the server listens; rejects with an error that says what was asked and what to do. */
function listening(server: Server, { name, host, port, log }: DoorOptions): Promise<void> {
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

/** What ends with a connection: one listener for all of it, and of all sockets, since each weighs as much as a socket's buffers. */
class Visit {
  readonly sockets: Set<Socket>;
  /** Set while it has a place. */
  limits: ConnectionLimits | undefined;
  remote = "";
  arrival: Arrival | undefined;

  constructor(sockets: Set<Socket>) {
    this.sockets = sockets;
  }
}

const visiting = Symbol("visiting");
type Visitor = Socket & { [visiting]?: Visit };

function left(this: Visitor): void {
  const { sockets, limits, remote, arrival } = this[visiting]!;
  sockets.delete(this);
  limits?.release(remote);
  arrival?.leaver?.closed();
}

function receive(socket: Socket, options: DoorOptions, visitors: Visitors): void {
  const peer = plainAddress(socket.remoteAddress ?? "");
  // A peer that has gone already has no address.
  if (peer === "") return void socket.destroy();
  if (options.proxies === undefined) return admit(socket, { remote: peer, tls: false }, options, visitors);
  options.proxies.introduce(socket, peer, (client) => admit(socket, client, options, visitors));
}

function admit(socket: Visitor, client: Proxied, { limits, tls: gate }: DoorOptions, visitors: Visitors): void {
  const { remote } = client;
  if (!limits.admit(remote)) {
    if (gate === undefined) visitors.full?.(socket);
    return void socket.destroySoon();
  }
  const visit = socket[visiting]!;
  visit.limits = limits;
  visit.remote = remote;
  if (gate !== undefined) {
    return gate.secure(socket, (secured, tls) =>
      visitors.enter({ socket: secured, remote, secure: true, tls, leaver: undefined }),
    );
  }
  visit.arrival = { socket, remote, secure: client.tls || isLoopback(remote), tls: undefined, leaver: undefined };
  visitors.enter(visit.arrival);
  // Reading the header in front has stopped it.
  if (socket.isPaused()) socket.resume();
}
