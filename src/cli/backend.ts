// The store and the bus that the configuration names; of the drivers just those are loaded.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Bus } from "../bus/bus.ts";
import { createMemoryBus } from "../bus/memory/bus.ts";
import { throughControlSocket, withControlSocket } from "../bus/memory/control-socket.ts";
import type { CoreOptions } from "../create-core.ts";
import { type NodeId, userOf, type UserId } from "../model/ids.ts";
import { preparedName } from "../model/precis.ts";
import type { Config } from "../ops/config-schema.ts";
import { keptFiltersOf } from "../ops/kept-schema.ts";
import type { Logger } from "../ops/log.ts";
import type { Store } from "../store/store.ts";

/** Not started yet. `failed` is told when the store will never accept anything again. */
export async function openStore(config: Config, log: Logger, failed: () => void = () => undefined): Promise<Store> {
  if (config.store === "postgres") {
    const { createPostgresStore } = await import("../store/postgres/index.ts");
    return createPostgresStore({ url: config.postgres.url, log, poolSize: config.postgres.pool_size });
  }
  mkdirSync(config.data_dir, { recursive: true, mode: 0o700 });
  const { createSqliteStore } = await import("../store/sqlite/index.ts");
  return createSqliteStore({ file: join(config.data_dir, "trivium.sqlite"), log, failed });
}

/** Not started yet; the core starts it. `as`: a server, or a command beside it that tells it what it changes. */
export async function openBus(config: Config, log: Logger, as: "server" | "command"): Promise<Bus> {
  if (config.redis.url === "") {
    const path = join(config.data_dir, "control.sock");
    if (as === "command") return throughControlSocket(createMemoryBus(), path);
    mkdirSync(config.data_dir, { recursive: true, mode: 0o700 });
    return withControlSocket(createMemoryBus(), path, log);
  }
  const { createRedisBus } = await import("../bus/redis/bus.ts");
  return createRedisBus({ url: config.redis.url, log, ...(config.node === "" ? {} : { node: config.node as NodeId }) });
}

export function coreOptions(config: Config): Omit<CoreOptions, "store" | "bus"> {
  const { domain, limits, acl, redis } = config;
  return {
    host: domain,
    alone: redis.url === "",
    acl,
    anonymous: anonymousUser(config),
    outbox: { rows: limits.outbox_rows, bytes: limits.outbox_bytes },
    logins: {
      perAccount: limits.login_failures_per_account,
      perAddress: limits.login_failures_per_address,
      windowMs: limits.login_window_ms,
    },
    loginsPerSecond: limits.logins_per_second_per_address,
    topicBounds: { levels: limits.topic_levels, bytes: limits.topic_bytes },
    maxSubscriptions: limits.subscriptions,
    retained: { messages: limits.retained_messages, bytes: limits.retained_bytes },
    maxQueued: limits.queue_messages,
    maxQueuedBytes: limits.queue_bytes,
    keptTopics: keptFiltersOf(config.kept_topics),
    keptBounds: { topics: limits.kept_topics, entries: limits.kept_entries },
  };
}

/** The account that MQTT clients without credentials act as. */
export function anonymousUser({ mqtt, domain }: Config): UserId | undefined {
  if (mqtt.anonymous === "") return undefined;
  const name = preparedName(mqtt.anonymous);
  if (name === undefined) throw new Error(`mqtt.anonymous: ${mqtt.anonymous} cannot be the name of an account`);
  return userOf(name, domain);
}
