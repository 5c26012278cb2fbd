// Opens every port of the configuration: each protocol in plain, and in TLS where there is a certificate.
import type { Frontend } from "../frontend.ts";
import type { Config } from "../ops/config-schema.ts";
import type { Logger } from "../ops/log.ts";
import { Opened } from "../ops/opened.ts";
import type { UploadPages } from "./upload-pages.ts";
import type { Readiness } from "../ops/readiness.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import { openDoor, type DoorOptions, type Listener } from "./door.ts";
import { createHttpHost } from "./http-host.ts";
import { Proxies } from "./proxies.ts";
import { listenTcp } from "./tcp-listener.ts";
import { TlsContexts } from "./tls-contexts.ts";
import { TlsGate } from "./tls-gate.ts";

export interface ListenersOptions {
  readonly config: Config;
  readonly frontends: readonly Frontend[];
  readonly readiness: () => Promise<Readiness>;
  readonly log: Logger;
  readonly uploads?: UploadPages | undefined;
}

/** Disposing it cuts what is still connected. */
export interface Listeners extends AsyncDisposable {
  /** By name: `http`, `https`, `mqtt`. */
  readonly ports: Readonly<Record<string, number>>;
  /** Accepts no more; what is connected stays. */
  stop(): void;
  /** Reads the certificates again. */
  reload(): void;
}

/** Resolves when every port is open; rejects, with nothing left open, when one cannot be had. */
export async function openListeners(options: ListenersOptions): Promise<Listeners> {
  const opened = new Opened();
  try {
    return await open(options, opened);
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

async function open(options: ListenersOptions, opened: Opened): Promise<Listeners> {
  const { config, frontends, log } = options;
  const contexts = contextsOf(config, log);
  if (contexts !== undefined) opened.add({ [Symbol.asyncDispose]: async () => contexts[Symbol.dispose]() });
  const listeners = new Map<string, Listener>();
  const keep = async (name: string, listener: Promise<Listener>): Promise<void> => {
    listeners.set(name, opened.add(await listener));
  };
  const doorOf = doorsOf(config, log);
  const gateOf = (alpn: readonly string[]): TlsGate | undefined => contexts && gate(contexts, alpn, config, log);

  const http = await httpHost(options);
  opened.add(http);
  const https = gateOf(["http/1.1"]);
  await keep("http", openDoor(doorOf("http", config.http.port), http));
  if (https !== undefined)
    await keep("https", openDoor({ ...doorOf("https", config.http.tls_port), tls: https }, http));

  for (const { name, accept, alpn = [], startTls = false } of frontends.flatMap(({ tcp }) => tcp)) {
    const ports = portsOf(name, config);
    if (ports === undefined) continue;
    const tls = ports.tls_port === undefined ? undefined : gateOf(alpn);
    const upgrade = startTls ? gateOf([]) : undefined;
    const door = { ...doorOf(name, ports.port), ...(ports.host !== undefined && { host: ports.host }) };
    await keep(name, listenTcp({ ...door, accept, startTls: upgrade }));
    if (tls !== undefined) await keep(`${name}s`, listenTcp({ ...doorOf(`${name}s`, ports.tls_port!), accept, tls }));
  }
  return {
    ports: Object.fromEntries([...listeners].map(([name, { port }]) => [name, port])),
    stop: () => {
      for (const listener of listeners.values()) listener.stop();
      http.stop();
    },
    reload: () => contexts?.reload(),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

function httpHost({ config, frontends, readiness, log, uploads }: ListenersOptions): ReturnType<typeof createHttpHost> {
  return createHttpHost({
    endpoints: frontends.flatMap(({ webSockets }) => webSockets),
    posts: frontends.flatMap(({ posts = [] }) => posts),
    pages: frontends.flatMap((frontend) => frontend.http),
    origins: config.origins,
    readiness,
    metrics: config.metrics,
    log,
    uploads,
    timeouts: { headersMs: config.http.headers_timeout_ms, requestMs: config.http.request_timeout_ms },
  });
}

/** The front-ends' names for their ports are the configuration's. */
function portsOf(name: string, { mqtt, xmpp }: Config): Ports | undefined {
  return new Map<string, Ports>([
    ["mqtt", mqtt],
    ["xmpp", xmpp],
    ["component", { port: xmpp.component_port, host: xmpp.component_host }],
  ]).get(name);
}

interface Ports {
  readonly port: number;
  /** Undefined: never in TLS. */
  readonly tls_port?: number;
  /** Undefined: where all others listen. */
  readonly host?: string;
}

function doorsOf(config: Config, log: Logger): (name: string, port: number) => DoorOptions {
  const limits = new ConnectionLimits(config.limits.connections, config.limits.connections_per_address);
  const { listeners, trusted } = config.proxy_protocol;
  const behind: ReadonlySet<string> = new Set(listeners);
  const proxies = new Proxies(trusted, log);
  return (name, port) => ({
    ...{ name, port, host: config.host, limits, log },
    proxies: behind.has(name) ? proxies : undefined,
  });
}

function contextsOf({ tls }: Config, log: Logger): TlsContexts | undefined {
  return tls.cert === "" ? undefined : new TlsContexts(tls, log);
}

function gate(contexts: TlsContexts, alpn: readonly string[], { tls }: Config, log: Logger): TlsGate {
  return new TlsGate({
    contexts,
    alpn,
    clientCertificates: tls.client_certificates,
    handshakeMs: tls.handshake_timeout_ms,
    log,
  });
}
