// What tests of adapters and of whole servers share: real servers to test against, contract suites, doubles.
export { startPostgres, type PostgresServer } from "./postgres-server.ts";
export { startRedis, type RedisServer } from "./redis-server.ts";
