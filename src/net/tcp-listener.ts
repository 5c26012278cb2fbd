// Accepts TCP connections for a front-end.
import type { Socket } from "node:net";
import { readDirectly } from "./direct.ts";
import { openDoor, type DoorOptions, type Listener } from "./door.ts";
import type { Accept } from "./link.ts";
import { SocketLink, type Arrival } from "./socket-link.ts";
import { TcpWire } from "./tcp-wire.ts";
import type { TlsGate } from "./tls-gate.ts";

export type { Listener } from "./door.ts";

export interface TcpListenerOptions extends DoorOptions {
  readonly accept: Accept;
  /** For links that may go on in TLS when their front-end says so. */
  readonly startTls?: TlsGate | undefined;
}

export async function listenTcp(options: TcpListenerOptions): Promise<Listener> {
  let count = 0;
  const enter = (arrival: Arrival): void => {
    const { socket } = arrival;
    const { startTls } = options;
    const link = new SocketLink(
      `${options.name}:${++count}`,
      arrival,
      new TcpWire(socket),
      options.log,
      startTls && arrival.tls === undefined ? (one) => goOnInTls(one, arrival, startTls) : undefined,
    );
    attach(link, arrival);
    // Of the plain socket: it closes with the TLS that is upon it, and also when no TLS comes to be.
    if (arrival.tls === undefined) arrival.leaver = link;
    else socket.once("close", () => link.closed());
    link.serve(options.accept);
  };
  return openDoor(options, { enter });
}

/** Listeners of a connection's own weigh more than the connection: its sockets know their link instead. */
const linked = Symbol("linked");
type Linked = Socket & { [linked]?: SocketLink };

function heard(this: Linked, chunk: Buffer): void {
  this[linked]!.receivedBytes(chunk);
}

function attach(link: SocketLink, { socket, tls }: Arrival): void {
  if (tls !== undefined || !readDirectly(socket, link)) {
    (socket as Linked)[linked] = link;
    socket.on("data", heard);
  }
  // The door hears of a plain socket's errors; after one, `close` follows.
  if (tls !== undefined) socket.on("error", () => undefined);
}

const empty = Buffer.alloc(0);

/** RFC 6120 §5.4.3.3 */
function goOnInTls(link: SocketLink, { socket, remote }: Arrival, gate: TlsGate): void {
  socket.removeAllListeners("data");
  socket.pause();
  const go = (): void => {
    if (socket.destroyed) return;
    discard(socket);
    gate.secure(socket, (secured, tls) => {
      const arrival: Arrival = { socket: secured, remote, secure: true, tls, leaver: undefined };
      attach(link, arrival);
      link.secured(arrival, new TcpWire(secured));
    });
  };
  // What was said in plain must be out first: TLS writes beside the socket's own queue.
  if (socket.writableLength === 0) go();
  else socket.write(empty, (error) => void (error ?? go()));
}

/**
 * What the client wrote between its command and our answer came in plain, perhaps from somebody else (CVE-2011-0411,
 * CVE-2021-33515); a client's handshake begins only after our answer. It ends here, before anything else is read.
 */
function discard(socket: Socket): void {
  while (socket.readableLength > 0) socket.read();
}
