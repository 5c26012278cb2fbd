import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../../src/ops/log.ts";
import { createSqliteStore } from "../../src/store/sqlite/index.ts";

describe("closing the SQLite store", () => {
  it("is no failure, in however few steps its threads end", async function () {
    this.timeout(60_000);
    let failures = 0;

    // A thread's last answer came together with its end about once in four.
    for (let round = 0; round < 25; round++) {
      const folder = mkdtempSync(join(tmpdir(), "trivium-close-"));
      const store = createSqliteStore({ file: join(folder, "x.sqlite"), log: silent, failed: () => (failures += 1) });
      await store.start();
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    }

    assert.equal(failures, 0);
  });
});
