import { silent } from "../../src/ops/log.ts";
import { createPostgresStore } from "../../src/store/postgres/index.ts";
import { startPostgres, type PostgresServer } from "../../src/testing/postgres-server.ts";
import { storeContract } from "../../src/testing/store-contract.ts";

let server: PostgresServer;

storeContract("postgres", {
  shared: true,
  setUp: async () => {
    server = await startPostgres();
  },
  tearDown: () => server.stop(),
  open: async () => {
    const store = createPostgresStore({ url: server.url, log: silent, poolSize: 4 });
    await store.start();
    return store;
  },
});
