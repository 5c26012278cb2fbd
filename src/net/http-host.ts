// What the shared HTTP ports serve, in plain and in TLS: health, metrics, the front-ends' pages, and upgrades to WebSocket.
import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import fastify, { type FastifyError, type FastifyInstance } from "fastify";
import type { Frontend } from "../frontend.ts";
import type { Logger } from "../ops/log.ts";
import type { Readiness } from "../ops/readiness.ts";
import { openDoor, type DoorOptions, type Listener, type Visitors } from "./door.ts";
import { addHealthPages } from "./health-pages.ts";
import { metricsRefusal, type MetricsAccess } from "./metrics-access.ts";
import { addPosts } from "./posts.ts";
import type { Arrival } from "./socket-link.ts";
import { addUploadPages, type UploadPages } from "./upload-pages.ts";
import { createUpgrades, refuse, type Endpoint } from "./websocket-listener.ts";

export interface HttpHostOptions {
  readonly endpoints: readonly Endpoint[];
  readonly pages: Frontend["http"];
  readonly posts?: Frontend["posts"];
  /** See `originAllowed`. */
  readonly origins: readonly string[];
  readonly readiness: () => Promise<Readiness>;
  /** Default: this machine alone. */
  readonly metrics?: MetricsAccess;
  readonly log: Logger;
  readonly timeouts?: HttpTimeouts;
  /** Where files are kept. */
  readonly uploads?: UploadPages | undefined;
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

/** Answers the connections that doors give it. */
export interface HttpHost extends Visitors, AsyncDisposable {
  /** New WebSockets are refused; what is connected stays. */
  stop(): void;
}

export async function createHttpHost(options: HttpHostOptions): Promise<HttpHost> {
  const arrivals = new WeakMap<Socket, Arrival>();
  const app = appOf(options, (socket) => arrivals.get(socket)?.remote);
  const { posts = [], origins } = options;
  await addPosts(app, { posts, origins, arrivalOf: (request) => arrivals.get(request.socket) });
  const { server } = app;
  const upgrade = createUpgrades(options);
  let stopped = false;
  server.on("upgrade", (request, socket: Socket, head) => {
    const arrival = arrivals.get(socket);
    if (stopped || arrival === undefined) return refuse(socket, 503);
    if (tooManyHeaders(request)) return refuse(socket, 431);
    upgrade(request, arrival, head);
  });
  if (options.uploads !== undefined) await addUploadPages(app, options.uploads);
  await app.ready();
  // It has no port of its own, but looks for slow requests only when it believes that it listens.
  server.emit("listening");
  return {
    enter: (arrival) => {
      arrivals.set(arrival.socket, arrival);
      server.emit("connection", arrival.socket);
    },
    full: (socket) => socket.write(noPlace),
    stop: () => {
      stopped = true;
      server.closeIdleConnections();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      // It never listened, and says so; its timer ends with it all the same.
      server.close(() => undefined);
      await app.close();
    },
  };
}

/** A host with one plain port of its own. */
export async function listenHttp(options: HttpHostOptions & Omit<DoorOptions, "name">): Promise<Listener> {
  const host = await createHttpHost(options);
  const door = await openDoor({ ...options, name: "http" }, host).catch(async (error: unknown) => {
    await host[Symbol.asyncDispose]();
    throw error;
  });
  return {
    port: door.port,
    stop: () => {
      door.stop();
      host.stop();
    },
    [Symbol.asyncDispose]: async () => {
      await door[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

const noPlace = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n";

function appOf(options: HttpHostOptions, remoteOf: (socket: Socket) => string | undefined): FastifyInstance {
  const { headersMs, requestMs } = options.timeouts ?? defaultTimeouts;
  const app = fastify({
    logger: false,
    requestTimeout: requestMs,
    bodyLimit: 64 * 1024,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersMs,
      connectionsCheckingInterval: Math.min(headersMs, 1_000),
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
  const { readiness, metrics = { token: "", allow: "loopback" } } = options;
  addHealthPages(app, readiness, (request) => metricsRefusal(metrics, remoteOf(request.socket), request.headers));
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
