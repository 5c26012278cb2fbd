// Buses over one Redis, each with its own way there, and the means to make that way bad.
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import type { Bus } from "../../src/bus/bus.ts";
import { createRedisBus, type RedisBusOptions } from "../../src/bus/redis/bus.ts";
import { silent } from "../../src/ops/log.ts";
import type { BusWorld } from "../../src/testing/bus-contract.ts";
import type { Heard } from "../../src/testing/heard.ts";
import type { RedisServer } from "../../src/testing/redis-server.ts";
import { startTcpProxy, type TcpProxy } from "../../src/testing/tcp-proxy.ts";

/** Short, so that tests see it run out. */
export const leaseMs = 1500;

/** Buses on one prefix of one Redis, each with its own way there. */
export class RedisWorld implements BusWorld {
  static #count = 0;
  readonly prefix = `t${++RedisWorld.#count}`;
  readonly admin: Redis;
  readonly #proxies: TcpProxy[];
  readonly #buses = new Map<Bus, TcpProxy>();

  private constructor(redis: RedisServer, proxies: TcpProxy[]) {
    this.admin = new Redis(redis.url);
    this.admin.on("error", () => {}); // some tests kill Redis
    this.#proxies = proxies;
  }

  static async open(redis: RedisServer): Promise<RedisWorld> {
    const proxies = await Promise.all([1, 2, 3].map(() => startTcpProxy(redis.port)));
    return new RedisWorld(redis, proxies);
  }

  bus(options: Partial<RedisBusOptions> = {}): Bus {
    const proxy = this.#proxies[this.#buses.size]!;
    const url = `redis://127.0.0.1:${proxy.port}`;
    const bus = createRedisBus({ url, log: silent, prefix: this.prefix, leaseMs, ...options });
    this.#buses.set(bus, proxy);
    return bus;
  }

  proxyOf(bus: Bus): TcpProxy {
    return this.#buses.get(bus)!;
  }

  proxy(of: Heard): TcpProxy {
    return this.proxyOf(of.bus);
  }

  async cutOff(bus: Bus): Promise<void> {
    this.proxyOf(bus).cut();
  }

  async restore(bus: Bus): Promise<void> {
    this.proxyOf(bus).restore();
  }

  /** Cuts one socket of a node from Redis' side. */
  async kill(of: Heard, socket: "commands" | "inbox"): Promise<void> {
    const clients = String(await this.admin.client("LIST")).split("\n");
    const client = clients.find((line) => line.includes(`name=${this.prefix}:${of.bus.node}:${socket} `));
    const id = client?.match(/^id=(\d+)/)?.[1];
    if (id !== undefined) await this.admin.client("KILL", "ID", id);
  }

  async inboxLength(of: Heard): Promise<number> {
    return this.admin.xlen(await this.#inbox(of));
  }

  async trimInbox(of: Heard): Promise<void> {
    await this.admin.xtrim(await this.#inbox(of), "MAXLEN", 0);
  }

  async dropInbox(of: Heard): Promise<void> {
    await this.admin.del(await this.#inbox(of));
  }

  async #inbox(of: Heard): Promise<string> {
    const [key] = await this.admin.keys(`{${this.prefix}}:inbox:${of.bus.node}~*`);
    assert.ok(key !== undefined);
    return key;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const bus of this.#buses.keys()) await bus[Symbol.asyncDispose]();
    for (const proxy of this.#proxies) await proxy[Symbol.asyncDispose]();
    this.admin.disconnect();
  }
}
