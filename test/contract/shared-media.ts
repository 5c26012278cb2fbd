// What two nodes share: a store of each kind, and a bus of each kind that fails now and then.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bus, BusListener } from "../../src/bus/bus.ts";
import { createMemoryBus } from "../../src/bus/memory/bus.ts";
import { createExchange } from "../../src/bus/memory/exchange.ts";
import { createRedisBus } from "../../src/bus/redis/bus.ts";
import { silent } from "../../src/ops/log.ts";
import { createMemoryStore } from "../../src/store/memory/index.ts";
import { createPostgresStore } from "../../src/store/postgres/index.ts";
import { createSqliteStore } from "../../src/store/sqlite/index.ts";
import type { Store } from "../../src/store/store.ts";
import { type PostgresServer, startPostgres } from "../../src/testing/postgres-server.ts";
import { type RedisServer, startRedis } from "../../src/testing/redis-server.ts";
import { startTcpProxy, type TcpProxy } from "../../src/testing/tcp-proxy.ts";

export interface Stores {
  /** Two ways to the same data. */
  open(): Promise<readonly [Store, Store]>;
  close(): Promise<void>;
}

export interface Buses {
  open(): Promise<readonly [Bus, Bus]>;
  /** Something goes wrong on the way between the nodes, for a moment. */
  shake(): Promise<void>;
  close(): Promise<void>;
}

export const stores: Record<string, () => Stores> = {
  memory: memoryStores,
  sqlite: sqliteStores,
  postgres: postgresStores,
};
export const buses: Record<string, () => Buses> = { "memory exchange": memoryBuses, Redis: redisBuses };

/** A bus that loses, doubles and delays what it hears, out of order even, and owns up to losses a little later. */
export function unreliable(bus: Bus): Bus {
  return {
    ...bus,
    async start(listener) {
      let owed = false;
      const owe = (): void => {
        if (owed) return;
        owed = true;
        setTimeout(() => {
          owed = false;
          listener.gap();
        }, 30);
      };
      const shaky: BusListener = {
        heard(event, from) {
          if (event.type === "control") return listener.heard(event, from);
          const luck = Math.random();
          if (luck < 0.15) return owe();
          if (luck < 0.3) listener.heard(event, from);
          if (luck < 0.5) return void setTimeout(() => listener.heard(event, from), Math.random() * 20);
          listener.heard(event, from);
        },
        gap: () => listener.gap(),
        nodeUp: (node) => listener.nodeUp(node),
        nodeDown: (node) => listener.nodeDown(node),
      };
      await bus.start(shaky);
    },
  };
}

function memoryStores(): Stores {
  const store = createMemoryStore();
  return {
    async open() {
      await store.start();
      return [store, store];
    },
    close: async () => undefined,
  };
}

function sqliteStores(): Stores {
  let directory = "";
  return {
    async open() {
      directory = await mkdtemp(join(tmpdir(), "trivium-order-"));
      const open = async (): Promise<Store> => {
        const store = createSqliteStore({ file: join(directory, "trivium.db"), log: silent });
        await store.start();
        return store;
      };
      return [await open(), await open()];
    },
    close: () => rm(directory, { recursive: true }),
  };
}

function postgresStores(): Stores {
  let server: PostgresServer;
  return {
    async open() {
      server = await startPostgres();
      const open = async (): Promise<Store> => {
        const store = createPostgresStore({ url: server.url, log: silent, poolSize: 4 });
        await store.start();
        return store;
      };
      return [await open(), await open()];
    },
    close: () => server.stop(),
  };
}

function memoryBuses(): Buses {
  const exchange = createExchange();
  const both = [createMemoryBus(exchange), createMemoryBus(exchange)] as const;
  return {
    open: async () => both,
    async shake() {
      for (let time = 0; time < 3; time++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        exchange.isolate(both[time % 2]!.node);
        await new Promise((resolve) => setTimeout(resolve, 20));
        exchange.rejoin(both[time % 2]!.node);
      }
    },
    async close() {
      for (const bus of both) await bus[Symbol.asyncDispose]();
    },
  };
}

function redisBuses(): Buses {
  let redis: RedisServer;
  let proxies: readonly TcpProxy[] = [];
  let both: readonly Bus[] = [];
  return {
    async open() {
      redis = await startRedis();
      proxies = await Promise.all([startTcpProxy(redis.port), startTcpProxy(redis.port)]);
      const [one, two] = proxies.map((proxy) =>
        createRedisBus({ url: `redis://127.0.0.1:${proxy.port}`, log: silent, leaseMs: 1500 }),
      );
      both = [one!, two!];
      return [one!, two!];
    },
    async shake() {
      for (const proxy of proxies) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        proxy.cut();
        proxy.restore();
      }
      await new Promise((resolve) => setTimeout(resolve, 60));
      await redis.kill9();
      await redis.restart();
    },
    async close() {
      for (const bus of both) await bus[Symbol.asyncDispose]();
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
      await redis.stop();
    },
  };
}
