// The shared HTTP port: health, metrics, the front-ends' pages, and upgrades to WebSocket.
import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import fastify, { type FastifyError, type FastifyInstance } from "fastify";
import type { Frontend } from "../frontend.ts";
import type { Logger } from "../ops/log.ts";
import type { Readiness } from "../ops/readiness.ts";
import { plainAddress } from "./address.ts";
import type { ConnectionLimits } from "./connection-limits.ts";
import { addHealthPages } from "./health-pages.ts";
import type { MetricsAccess } from "./metrics-access.ts";
import { keepAliveMs, listening, type Listener } from "./tcp-listener.ts";
import { createUpgrades, refuse, type Endpoint } from "./websocket-listener.ts";

export interface HttpHostOptions {
  readonly host: string;
  /** 0 picks one. */
  readonly port: number;
  readonly endpoints: readonly Endpoint[];
  readonly pages: Frontend["http"];
  /** See `originAllowed`. */
  readonly origins: readonly string[];
  readonly limits: ConnectionLimits;
  readonly readiness: () => Promise<Readiness>;
  /** Default: this machine alone. */
  readonly metrics?: MetricsAccess;
  readonly log: Logger;
  readonly timeouts?: HttpTimeouts;
}

export interface HttpTimeouts {
  /** For a request's headers to be complete; a client that is slower is answered 408. */
  readonly headersMs: number;
  /** For a request to be complete, body included. */
  readonly requestMs: number;
}

const defaultTimeouts: HttpTimeouts = { headersMs: 10_000, requestMs: 30_000 };
const maxHeaderBytes = 16 * 1024;
const maxHeaders = 100;

/** What a URL's authority may hold: it is put into the pages of front-ends. */
const authority = /^[A-Za-z0-9._:[\]-]{1,261}$/;

export async function listenHttp(options: HttpHostOptions): Promise<Listener> {
  const app = appOf(options);
  const { server } = app;
  const sockets = new Set<Socket>();
  const upgrade = createUpgrades(options);
  server.prependListener("connection", (socket: Socket) => admit(socket, sockets, options.limits));
  server.on("upgrade", (request, socket: Socket, head) => {
    if (!server.listening) return refuse(socket, 503);
    if (tooManyHeaders(request)) return refuse(socket, 431);
    upgrade(request, socket, head);
  });
  await app.ready();
  await listening(server, { ...options, name: "http" });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => void server.close(),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((done) => void server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      await closed;
      await app.close();
    },
  };
}

function appOf(options: HttpHostOptions): FastifyInstance {
  const { headersMs, requestMs } = options.timeouts ?? defaultTimeouts;
  const app = fastify({
    logger: false,
    requestTimeout: requestMs,
    bodyLimit: 64 * 1024,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersMs,
      connectionsCheckingInterval: Math.min(headersMs, 1_000),
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
      noDelay: true,
    },
  });
  // Without this, Node drops what is over its bound silently; we refuse.
  app.server.maxHeadersCount = 0;
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-content-type-options", "nosniff");
    if (tooManyHeaders(request.raw)) return reply.code(431).header("connection", "close").send();
    if (!authority.test(request.host)) return reply.code(400).send();
    return undefined;
  });
  addHealthPages(app, options.readiness, options.metrics ?? { token: "", allow: "loopback" });
  for (const { path, answer } of options.pages) {
    app.get(path, (request, reply) => {
      const { status, contentType, body } = answer(request.host, request.protocol === "https");
      // Anyone may look up where to connect: RFC 8615 §3.1, XEP-0156 §3.
      if (path.startsWith("/.well-known/")) reply.header("access-control-allow-origin", "*");
      return reply.code(status).type(contentType).send(body);
    });
  }
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) options.log.error({ what: "http_failed", err: error }, "a page could not be answered");
    return reply
      .code(status)
      .type("application/problem+json")
      .send(JSON.stringify({ status, title: STATUS_CODES[status] }));
  });
  return app;
}

function tooManyHeaders(request: IncomingMessage): boolean {
  return request.rawHeaders.length > 2 * maxHeaders;
}

function admit(socket: Socket, sockets: Set<Socket>, limits: ConnectionLimits): void {
  const remote = plainAddress(socket.remoteAddress ?? "");
  if (remote === "") return void socket.destroy();
  if (!limits.admit(remote)) {
    socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n");
    socket.destroySoon();
    return;
  }
  sockets.add(socket);
  socket.once("close", () => {
    sockets.delete(socket);
    limits.release(remote);
  });
}
