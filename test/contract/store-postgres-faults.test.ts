// What only PostgreSQL can do to us: go away, hang, and stand in the way of itself.
import assert from "node:assert/strict";
import pg from "pg";
import type { Fault } from "../../src/model/fault.ts";
import { silent } from "../../src/ops/log.ts";
import { createPostgresStore } from "../../src/store/postgres/index.ts";
import type { Store } from "../../src/store/store.ts";
import { startPostgres, type PostgresServer } from "../../src/testing/postgres-server.ts";
import { append, batch, draft, origin, phone, seqs, tenant } from "../../src/testing/store/builders.ts";

describe("the store on PostgreSQL, when things go wrong", function () {
  this.timeout(30_000);
  let server: PostgresServer;
  let store: Store;
  let admin: pg.Client;

  beforeEach(async () => {
    server ??= await startPostgres();
    admin = new pg.Client(server.url);
    admin.on("error", () => {}); // it is cut off on purpose below
    await admin.connect();
    store = createPostgresStore({ url: server.url, log: silent, poolSize: 4 });
    await store.start();
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await admin.end();
  });
  after(() => server.stop());

  it("refuses while the server is away, says to try again, and goes on when it is back [P8]", async () => {
    const at = tenant();
    const first = draft(at, { originId: origin("o-1") });
    await append(store, first);
    await server.kill9();

    const away = await append(store, draft(at)).catch((error: unknown) => {
      const { code, retryAfterMs } = error as Fault;
      return { code, retryAfterMs };
    });
    await assert.rejects(store.ping(), { code: "unavailable" });
    await server.restart();

    assert.deepEqual(away, { code: "unavailable", retryAfterMs: 250 });
    const appended = await append(store, draft(at), draft(at, { originId: origin("o-1") }));
    assert.deepEqual(seqs(appended), [2, 1]);
  });

  it("loses nothing that it acknowledged when the server is killed under load, and repeats give no twins [P1] [P8]", async () => {
    const at = tenant();
    const acknowledged: number[] = [];
    let unknown = 0;
    const write = async (): Promise<void> => {
      for (let n = 0; n < 200; n++) {
        const drafts = Array.from({ length: 5 }, () => draft(at));
        for (;;) {
          try {
            acknowledged.push(...seqs(await append(store, ...drafts)));
            break;
          } catch (error) {
            assert.equal((error as { code: string }).code, "unavailable");
            unknown += 1;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
      }
    };

    const writing = write();
    for (let kills = 0; kills < 3; kills++) {
      const before = acknowledged.length;
      while (acknowledged.length < before + 100) await new Promise((resolve) => setTimeout(resolve, 1));
      await server.kill9();
      await server.restart();
    }
    await writing;

    assert.ok(unknown > 0, "the server was never missed");
    const all = Array.from({ length: 1000 }, (_, n) => n + 1);
    assert.deepEqual(acknowledged, all);
    assert.deepEqual(
      (await store.read(at.direct, 0, 2000)).map((one) => one.seq),
      all,
    );
  });

  it("refuses a commit whose connection is cut, and can repeat it", async () => {
    const at = tenant();
    await append(store, draft(at));
    const holder = new pg.Client(server.url);
    await holder.connect();
    await holder.query("begin");
    await holder.query("select from conversations where name = $1 for update", [at.direct]);
    const lost = draft(at);

    const committing = append(store, lost).catch((error: unknown) => (error as { code: string }).code);
    await waitFor(async () => (await waitingForLocks()) > 0);
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'");
    const cut = await committing;
    await holder.query("rollback");
    await holder.end();

    assert.equal(cut, "unavailable");
    assert.deepEqual(seqs(await append(store, lost)), [2]);
  });

  it("does not wait for ever behind a lock that nobody gives back", async () => {
    const at = tenant();
    await append(store, draft(at));
    const holder = new pg.Client(server.url);
    await holder.connect();
    await holder.query("begin");
    await holder.query("select from conversations where name = $1 for update", [at.direct]);
    // The store's own time-out is 30 s; the same refusal comes sooner when an operator cancels.
    const committing = append(store, draft(at)).catch((error: unknown) => (error as { code: string }).code);
    await waitFor(async () => (await waitingForLocks()) > 0);
    await admin.query("select pg_cancel_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'");

    assert.equal(await committing, "unavailable");
    await holder.query("rollback");
    await holder.end();
    const { rows } = await admin.query("select count(*) from pg_stat_activity where state like 'idle in transaction%'");
    assert.deepEqual(rows, [{ count: "0" }], "a transaction was left open");
    assert.deepEqual(seqs(await append(store, draft(at))), [2]);
  });

  it("has each commit on disk when it answers, whatever the database's default [P1]", async () => {
    await admin.query(`alter database ${admin.database} set synchronous_commit = off`);
    const other = createPostgresStore({ url: server.url, log: silent, poolSize: 1 });
    await other.start();
    const at = tenant();
    const isFlushed = async (): Promise<boolean> => {
      const { rows: found } = await admin.query<{ durable: boolean }>(
        "select pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() as durable",
      );
      return found[0]!.durable;
    };

    const flushed: boolean[] = [];
    for (let n = 0; n < 20; n++) {
      await append(other, draft(at));
      flushed.push(await isFlushed());
    }
    await other[Symbol.asyncDispose]();
    await admin.query(`alter database ${admin.database} reset synchronous_commit`);

    // The server itself writes a little now and then.
    assert.ok(flushed.filter(Boolean).length >= 15, `flushed after ${flushed.filter(Boolean).length} of 20 commits`);
  });

  it("takes its locks in one order: no deadlock between nodes", async () => {
    const at = tenant();
    const other = createPostgresStore({ url: server.url, log: silent, poolSize: 2 });
    await other.start();
    const before = await deadlocks();
    const names = Array.from({ length: 20 }, (_, n) => `room:r${n}@${at.host}` as never);
    const write = async (node: Store, order: readonly never[]): Promise<void> => {
      for (let seq = 1; seq <= 30; seq++) {
        await node.commit(
          batch({
            appends: order.map((conversation) => draft(at, { conversation })),
            advances: order.map((conversation) => ({ user: at.bob, device: phone, conversation, seq })),
            marks: order.map((conversation) => ({ user: at.bob, conversation, mark: "read", seq, at: seq })),
          }),
        );
      }
    };

    await Promise.all([write(store, names), write(other, names.toReversed())]);
    await other[Symbol.asyncDispose]();

    assert.deepEqual(
      await store.heads(names),
      names.map(() => 60),
    );
    await admin.query("select pg_stat_force_next_flush()").catch(() => undefined);
    assert.equal(await deadlocks(), before);
  });

  async function deadlocks(): Promise<number> {
    const { rows } = await admin.query<{ deadlocks: string }>(
      "select deadlocks from pg_stat_database where datname = current_database()",
    );
    return Number(rows[0]!.deadlocks);
  }

  async function waitingForLocks(): Promise<number> {
    const { rows } = await admin.query<{ count: string }>(
      "select count(*) from pg_stat_activity where wait_event_type = 'Lock'",
    );
    return Number(rows[0]!.count);
  }
});

async function waitFor(fact: () => Promise<boolean>): Promise<void> {
  while (!(await fact())) await new Promise((resolve) => setTimeout(resolve, 10));
}
