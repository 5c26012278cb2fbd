// What tests of adapters and of whole servers share: real servers to test against, contract suites, doubles.
export { startPostgres, type PostgresServer } from "./postgres-server.ts";
export { startRedis, type RedisServer } from "./redis-server.ts";
export { createCore, type CoreOptions, type RunningCore } from "../create-core.ts";
export { createMemoryStore } from "../store/memory/index.ts";
export { createMemoryBus } from "../bus/memory/bus.ts";
export { createExchange } from "../bus/memory/exchange.ts";
export { startCore } from "./core.ts";
export { storeContract, type StoreAdapter } from "./store-contract.ts";
