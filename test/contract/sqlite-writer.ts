// A process that commits to a SQLite store as fast as it can and says on its standard output what was acknowledged;
// the tests kill it, or take its disk away. Arguments: file, tenant's name, drafts in a batch.
import { writeSync } from "node:fs";
import type { Fault } from "../../src/model/fault.ts";
import { directOf, userOf } from "../../src/model/ids.ts";
import { silent } from "../../src/ops/log.ts";
import { createSqliteStore } from "../../src/store/sqlite/index.ts";
import { append, draft, seqs, tenant } from "../../src/testing/store/builders.ts";

const [file, host, size] = process.argv.slice(2) as [string, string, string];
const alice = userOf("alice", host);
const conversation = directOf(alice, userOf("bob", host));
const at = tenant();
const store = createSqliteStore({ file, log: silent });
await store.start();

const drafts = () =>
  Array.from({ length: Number(size) }, () => draft(at, { conversation, author: alice, body: "x".repeat(500) }));
try {
  for (;;) {
    const given = seqs(await append(store, ...drafts()));
    writeSync(1, `stored ${given.at(-1)}\n`);
  }
} catch (error) {
  writeSync(1, `refused ${(error as Fault).code} ${(error as Fault).retryAfterMs}\n`);
}
const again = await append(store, draft(at)).then(
  () => "stored",
  (error: Fault) => error.code,
);
writeSync(1, `again ${again}\n`);
process.exit();
