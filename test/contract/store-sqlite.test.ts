import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../../src/ops/log.ts";
import { createSqliteStore } from "../../src/store/sqlite/index.ts";
import { storeContract } from "../../src/testing/store-contract.ts";

let directory = "";

storeContract("sqlite", {
  shared: true,
  setUp: async () => {
    directory = await mkdtemp(join(tmpdir(), "trivium-sqlite-"));
  },
  tearDown: () => rm(directory, { recursive: true }),
  open: async () => {
    const store = createSqliteStore({ file: join(directory, "data", "trivium.db"), log: silent });
    await store.start();
    return store;
  },
});
