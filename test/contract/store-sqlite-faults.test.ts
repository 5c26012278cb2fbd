// What only an embedded store meets: its process dies, its disk is full, other processes have the file open.
import assert from "node:assert/strict";
import Sqlite from "better-sqlite3";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Fault } from "../../src/model/fault.ts";
import { directOf, userOf } from "../../src/model/ids.ts";
import { silent, type LogFields } from "../../src/ops/log.ts";
import { createSqliteStore } from "../../src/store/sqlite/index.ts";
import { append, draft, seqs, tenant } from "../../src/testing/store/builders.ts";

const writer = fileURLToPath(new URL("./sqlite-writer.js", import.meta.url));

describe("the store on SQLite, when things go wrong", function () {
  this.timeout(60_000);
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trivium-sqlite-faults-"));
    file = join(directory, "trivium.db");
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("keeps every message that it acknowledged, in order, when its process is killed [P1] [P8]", async () => {
    const host = tenant().host;
    const conversation = directOf(userOf("alice", host), userOf("bob", host));
    let acknowledged = 0;

    for (let round = 1; round <= 3; round++) {
      const child = spawn(process.execPath, [writer, file, host, "20"], { stdio: ["ignore", "pipe", "inherit"] });
      const until = acknowledged + 100 * round;
      for await (const line of createInterface({ input: child.stdout })) {
        const [what, seq] = line.split(" ");
        assert.equal(what, "stored", line);
        acknowledged = Number(seq);
        if (acknowledged >= until) child.kill("SIGKILL");
      }

      const store = await opened(file);
      const entries = await store.read(conversation, 0, 1_000_000);
      await store[Symbol.asyncDispose]();
      assert.ok(entries.length >= acknowledged, `${entries.length} of ${acknowledged} acknowledged`);
      entries.forEach((entry, at) => assert.equal(entry.seq, at + 1));
      acknowledged = entries.length;
    }
  });

  it("acknowledges nothing any more once a write failed, and keeps what it had acknowledged [P1]", async () => {
    const host = tenant().host;
    // The kernel refuses the file its growth (EFBIG) as a full disk would; the signal that comes with it is not for us.
    const limited = "trap '' XFSZ; ulimit -f 8192; exec \"$@\"";
    const child = spawn("sh", ["-c", limited, "sh", process.execPath, writer, file, host, "100"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) lines.push(line);

    const stored = lines.filter((line) => line.startsWith("stored"));
    assert.ok(stored.length > 3, lines.join("; "));
    // No hint to try again: this process must not.
    assert.deepEqual(lines.slice(stored.length), ["refused unavailable undefined", "again unavailable"]);

    const store = await opened(file);
    const conversation = directOf(userOf("alice", host), userOf("bob", host));
    const [head] = await store.heads([conversation]);
    const entries = await store.read(conversation, 0, 1_000_000);
    await store[Symbol.asyncDispose]();
    assert.equal(stored.at(-1), `stored ${head}`, "no more and no less than was acknowledged");
    assert.equal(entries.length, head);
  });

  it("refuses for now when another process writes for too long, and goes on after it", async () => {
    const at = tenant();
    const store = await opened(file);
    const said = draft(at);
    const other = new Sqlite(file);
    other.exec("begin immediate");

    const from = Date.now();
    const refused = await append(store, said).catch((error: Fault) => [error.code, error.retryAfterMs]);
    const waitedMs = Date.now() - from;
    other.exec("rollback");
    other.close();
    const after = seqs(await append(store, said));
    await store[Symbol.asyncDispose]();

    assert.deepEqual(refused, ["unavailable", 250]);
    assert.ok(waitedMs >= 4000, `waited ${waitedMs} ms only`);
    assert.deepEqual(after, [1]);
  });

  it("is nobody else's to read", async () => {
    const store = await opened(join(directory, "data", "trivium.db"));
    await append(store, draft(tenant()));

    const modes = new Map<string, string>();
    for (const name of ["", ...(await readdir(join(directory, "data")))]) {
      modes.set(name, ((await stat(join(directory, "data", name))).mode & 0o777).toString(8));
    }
    await store[Symbol.asyncDispose]();

    assert.deepEqual(
      modes,
      new Map([
        ["", "700"],
        ["trivium.db", "600"],
        ["trivium.db-shm", "600"],
        ["trivium.db-wal", "600"],
      ]),
    );
  });

  it("does not start on a file that is no database, nor on one of a newer version", async () => {
    const text = join(directory, "text.db");
    await writeFile(text, "Wherefore art thou, Romeo? ".repeat(100));
    const newer = await opened(file);
    await newer[Symbol.asyncDispose]();
    const db = new Sqlite(file);
    db.exec("insert into schema_version values (9999, 0)");
    db.close();

    await assert.rejects(opened(text), { code: "unavailable", message: /not a database/ });
    await assert.rejects(opened(file), { code: "unavailable", message: /schema 9999/ });
  });

  it("says in its log when it accepts nothing more, and then reads all the same", async () => {
    const at = tenant();
    const logged: LogFields[] = [];
    const store = createSqliteStore({ file, log: { ...silent, error: (fields) => logged.push(fields) } });
    await store.start();
    await append(store, draft(at));
    // Damage behind its back: an index that is none.
    const db = new Sqlite(file);
    db.unsafeMode();
    db.pragma("writable_schema = on");
    db.prepare("update sqlite_schema set rootpage = 1 where name = 'entries_mid'").run();
    db.pragma(`schema_version = ${Number(db.pragma("schema_version", { simple: true })) + 1}`);
    db.close();

    const refused = await append(store, draft(at)).catch((error: Fault) => error.code);
    const again = await append(store, draft(at)).catch((error: Fault) => error.code);
    await assert.rejects(store.ping(), { code: "unavailable" });
    const read = await store.read(at.direct, 0, 9);

    assert.equal(read.length, 1);
    assert.deepEqual([refused, again], ["unavailable", "unavailable"]);
    assert.deepEqual(
      logged.map((fields) => fields.what),
      ["store_failed"],
    );
    await store[Symbol.asyncDispose]();
  });
});

async function opened(file: string) {
  const store = createSqliteStore({ file, log: silent });
  await store.start();
  return store;
}
