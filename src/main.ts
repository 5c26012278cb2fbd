// The composition root: configuration → store and bus → core → front-ends → sockets, and all of it back in reverse.
import { createJson } from "../protocols/json/index.ts";
import { startBridges } from "../protocols/mqtt/bridge/index.ts";
import { createMqtt } from "../protocols/mqtt/index.ts";
import { createXmpp } from "../protocols/xmpp/index.ts";
import { anonymousUser, coreOptions, openBus, openStore } from "./cli/backend.ts";
import { proofsOf } from "./cli/proofs.ts";
import { componentOptions } from "./cli/components.ts";
import { bridgeOptions } from "./cli/bridges.ts";
import { createCore, type RunningCore } from "./create-core.ts";
import type { Frontend } from "./frontend.ts";
import { nameOf } from "./model/ids.ts";
import type { Accept } from "./net/link.ts";
import { paced } from "./net/paced-link.ts";
import { systemClock } from "./ops/clock.ts";
import { noticeLimits } from "./ops/limit-notices.ts";
import { openListeners } from "./net/listeners.ts";
import type { Config } from "./ops/config-schema.ts";
import type { Logger } from "./ops/log.ts";
import { pagesOf, uploadsOf } from "./cli/uploads.ts";
import { version } from "./ops/version.ts";
import { Opened } from "./ops/opened.ts";
import { createReadiness } from "./ops/readiness.ts";
import type { Store } from "./store/store.ts";

export interface Running {
  readonly store: Store;
  readonly core: RunningCore;
  /** By name: `http`, `https`, `mqtt`. */
  readonly ports: Readonly<Record<string, number>>;
  /** Reads the certificates again, for connections from now on. */
  reload(): void;
  /** Takes no more connections, says goodbye on those that are open, finishes what is begun, and closes everything. */
  drain(): Promise<void>;
}

export interface ServeOptions {
  readonly config: Config;
  readonly log: Logger;
  /** The store will never accept anything again: the process had better be started anew. */
  readonly storeFailed: () => void;
}

/** For front-ends to say goodbye; what is not closed then is cut. */
const goodbyeMs = 8_000;

/** Resolves when every port is open; rejects, with nothing left open, when something cannot be had. */
export async function serve(options: ServeOptions): Promise<Running> {
  const opened = new Opened();
  try {
    return await served(options, opened);
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

async function served({ config, log, storeFailed }: ServeOptions, opened: Opened): Promise<Running> {
  const store = opened.add(await openStore(config, log, storeFailed));
  await store.start();
  const bus = opened.add(await openBus(config, log, "server"));
  let ports: Readonly<Record<string, number>> = {};
  const uploads = uploadsOf(config, () => ports);
  const core = opened.add(
    await createCore({ ...coreOptions(config), proofs: proofsOf(config, log), store, bus, log, uploads }),
  );
  const anonymous = anonymousUser(config);
  if (anonymous !== undefined) await core.accounts.ensure(anonymous);
  const frontends = frontendsOf(core, config).map((frontend) => keepingPace(frontend, config));
  let draining = false;
  const node = { ping: () => (draining ? Promise.reject(new Error("draining")) : Promise.resolve()) };
  const readiness = createReadiness({ store, bus, node });
  const files = core.uploads === undefined ? undefined : pagesOf(core.uploads, config, log);
  if (files !== undefined) opened.add({ [Symbol.asyncDispose]: async () => files.shelf[Symbol.dispose]() });
  const notices = noticeLimits(log, systemClock);
  opened.add({ [Symbol.asyncDispose]: async () => notices[Symbol.dispose]() });
  const listeners = opened.add(await openListeners({ config, log, frontends, readiness, uploads: files }));
  ports = listeners.ports;
  const bridges = startBridges(core, bridgeOptions(config), config.chat_prefix);
  return {
    store,
    core,
    ports: listeners.ports,
    reload: () => listeners.reload(),
    drain: async () => {
      draining = true;
      listeners.stop();
      const goodbyes = [...frontends, bridges].map((one) => atMost(goodbyeMs, one.drain(goodbyeMs)));
      await Promise.all(goodbyes);
      await opened[Symbol.asyncDispose]();
    },
  };
}

/** What we speak. */
function frontendsOf(core: RunningCore, config: Config): readonly Frontend[] {
  const { limits, chat_prefix, registration, mqtt } = config;
  const anonymous = anonymousUser(config);
  return [
    createXmpp(core, {
      chatPrefix: chat_prefix,
      registration: registration === "open",
      registrationsPerAddress: limits.registrations_per_address,
      boshPerAddress: limits.connections_per_address,
      stanzaBytes: limits.xmpp_stanza_bytes,
      preauthBytes: limits.xmpp_preauth_bytes,
      authMs: limits.auth_timeout_ms,
      unanswered: limits.unanswered_frames,
      version,
      admins: config.xmpp.admins,
      components: componentOptions(config),
      push: config.xmpp.push,
      lockRooms: config.xmpp.lock_rooms,
      contactAddresses: config.xmpp.contact_addresses,
      externalServices: config.external_services.map(({ ttl_s, ...service }) => ({ ...service, ttlMs: ttl_s * 1000 })),
    }),
    createJson(core, {
      chatPrefix: chat_prefix,
      maxFrame: limits.json_frame_bytes,
      authTimeoutMs: limits.auth_timeout_ms,
      inflight: Math.min(64, limits.unanswered_frames), // what the dialect says of itself; an operator may ask for less
    }),
    createMqtt(core, {
      chatPrefix: chat_prefix,
      connectTimeoutMs: limits.auth_timeout_ms,
      maximumConnectSize: limits.mqtt_connect_bytes,
      maximumPacketSize: limits.mqtt_packet_bytes,
      receiveMaximum: limits.mqtt_receive_maximum,
      inFlight: limits.mqtt_in_flight,
      topicLevels: limits.topic_levels,
      topicBytes: limits.topic_bytes,
      anonymous: anonymous === undefined ? undefined : nameOf(anonymous),
      insecurePasswords: mqtt.insecure_passwords,
      unanswered: limits.unanswered_frames,
      sysIntervalS: mqtt.sys_interval_s,
      keepAliveMaximumS: mqtt.keep_alive_maximum_s,
      responseInformation: mqtt.response_information,
      serverReference: mqtt.server_reference,
      version,
    }),
  ];
}

/** No connection sends faster than the configuration lets it. */
function keepingPace(frontend: Frontend, { limits }: Config): Frontend {
  const pace = {
    messagesPerSecond: limits.messages_per_second,
    bytesPerSecond: limits.bytes_per_second,
    beyond: limits.beyond_rate,
  };
  const kept = <E extends { readonly accept: Accept }>(endpoint: E): E => ({
    ...endpoint,
    accept: paced(endpoint.accept, pace, systemClock),
  });
  const { webSockets, tcp, posts = [] } = frontend;
  return { ...frontend, webSockets: webSockets.map(kept), tcp: tcp.map(kept), posts: posts.map(kept) };
}

/** Resolves with the work, or when it takes too long: what is then still open is cut when everything is closed. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
