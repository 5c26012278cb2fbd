// Upgrades on the shared HTTP port: finds the front-end of the path, checks who asks, and hands it a link.
import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer } from "ws";
import type { Frontend } from "../frontend.ts";
import { counter } from "../ops/metrics.ts";
import type { Logger } from "../ops/log.ts";
import { originAllowed } from "./origin.ts";
import { goodbyeMs, SocketLink, type Arrival } from "./socket-link.ts";
import { readFrames } from "./websocket-reader.ts";
import { WebSocketWire } from "./websocket-wire.ts";

export type Endpoint = Frontend["webSockets"][number];

export interface UpgradesOptions {
  readonly endpoints: readonly Endpoint[];
  /** See `originAllowed`. */
  readonly origins: readonly string[];
  readonly log: Logger;
}

export type Upgrade = (request: IncomingMessage, arrival: Arrival, head: Buffer) => void;

const refusedUpgrades = counter("trivium_net_refused_upgrades_total", "WebSocket upgrades answered with an HTTP error");

/** What answers the HTTP server's `upgrade` events. */
export function createUpgrades(options: UpgradesOptions): Upgrade {
  const served = new Map(
    options.endpoints.map((endpoint) => [endpoint.path, { endpoint, server: serverOf(endpoint) }]),
  );
  let count = 0;
  return (request, arrival, head) => {
    const { socket } = arrival;
    const ignore = () => socket.destroy();
    // The door listens on what it let in; a third listener costs each connection 150 bytes for as long as it lasts.
    if (arrival.tls !== undefined) socket.on("error", ignore);
    const at = served.get(pathOf(request));
    if (at === undefined) return refuse(socket, 404, "no WebSocket at this path");
    const refusal = refusalOf(request, at.endpoint, options.origins);
    if (refusal !== undefined) return refuse(socket, ...refusal);
    at.server.handleUpgrade(request, socket, head, (ws) => {
      socket.off("error", ignore);
      const name = `ws:${++count}`;
      const link = new SocketLink(name, arrival, new WebSocketWire(ws), options.log);
      ws.on("message", (data, isBinary) => {
        if (isBinary) link.receivedBytes(data as Buffer);
        else link.receivedText(data as Buffer);
      });
      ws.on("error", (error) => {
        options.log.debug({ what: "websocket_failed", link: name, err: error }, "a WebSocket peer broke the protocol");
        link.broken();
      });
      ws.once("close", () => link.closed());
      link.serve(at.endpoint.accept);
      if (arrival.tls === undefined) readFrames(socket, link, at.endpoint.maxFrame);
    });
  };
}

function serverOf(endpoint: Endpoint): WebSocketServer {
  // Apart, because the types of `ws` do not know `closeTimeout` yet.
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: endpoint.maxFrame,
    // A frame in thousands of fragments, or in thousands of tiny writes, costs memory for each.
    maxFragments: 1024,
    maxBufferedChunks: 4096,
    skipUTF8Validation: false,
    allowSynchronousEvents: true,
    closeTimeout: goodbyeMs,
    handleProtocols: (offered: Set<string>) => endpoint.subprotocols.find((one) => offered.has(one)) ?? false,
  };
  return new WebSocketServer(options);
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? "";
  const end = url.indexOf("?");
  return end === -1 ? url : url.slice(0, end);
}

/** The HTTP status to refuse with, and why; undefined when all is well. */
function refusalOf(
  request: IncomingMessage,
  endpoint: Endpoint,
  origins: readonly string[],
): [status: number, why: string] | undefined {
  const { origin, host } = request.headers;
  if (!originAllowed(origin, host, origins)) return [403, "this Origin is not one of the setting `origins`"];
  const header = request.headers["sec-websocket-protocol"];
  const wanted: [number, string] = [400, `Sec-WebSocket-Protocol has to offer ${endpoint.subprotocols.join(" or ")}`];
  if (header === undefined)
    return endpoint.subprotocolOptional === true || endpoint.subprotocols.length === 0 ? undefined : wanted;
  const offered = new Set(header.split(",").map((one) => one.trim()));
  return endpoint.subprotocols.some((one) => offered.has(one)) ? undefined : wanted;
}

/** Answers an upgrade with an HTTP error that says why, where a peer can do something about it, and closes. */
export function refuse(socket: Socket, status: number, why?: string): void {
  refusedUpgrades.add();
  const body = why === undefined ? `${STATUS_CODES[status]}\n` : `${STATUS_CODES[status]}: ${why}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
