// Durable rows a second, and what they cost the main thread, for each store adapter:
//   node dist/bench/store.js [sqlite|postgres] [rows per batch] [seconds]
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { randomFillSync } from "node:crypto";
import { directOf, type ConversationId, type DeviceId, type OriginId, type UserId } from "../src/model/ids.ts";
import type { DatedDraft } from "../src/model/event.ts";
import { uuidv7Source } from "../src/model/uuid.ts";
import { silent } from "../src/ops/log.ts";
import { createPostgresStore } from "../src/store/postgres/index.ts";
import { createSqliteStore } from "../src/store/sqlite/index.ts";
import type { Batch, Store } from "../src/store/store.ts";
import { startPostgres } from "../src/testing/postgres-server.ts";

const pairs = 1000;
const uuidv7 = uuidv7Source((into) => randomFillSync(into));
const users = Array.from({ length: pairs * 2 }, (_, n) => `user${n}@example.org` as UserId);
const conversations = Array.from({ length: pairs }, (_, n) => directOf(users[2 * n]!, users[2 * n + 1]!));

const [which = "sqlite", rowsText = "200", secondsText = "10"] = process.argv.slice(2);
const rows = Number(rowsText);
console.log(`${cpus()[0]!.model}, ${cpus().length} cores, Node ${process.version}`);
if (which === "sqlite") await sqlite();
else await postgres();

async function sqlite(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "trivium-bench-"));
  const store = createSqliteStore({ file: join(directory, "bench.db"), log: silent });
  await store.start();
  await measure("sqlite", store);
  await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
}

/** The server's own CPU is not in the figure: it may stand anywhere. */
async function postgres(): Promise<void> {
  const server = await startPostgres();
  const store = createPostgresStore({ url: server.url, log: silent, poolSize: 4 });
  await store.start();
  await measure("postgres", store);
  await store[Symbol.asyncDispose]();
  await server.stop();
}

/** One commit in flight, the next made of what came meanwhile, as the router does it. */
async function measure(name: string, store: Store): Promise<void> {
  await run(store, 1);
  const { appended, seconds, mainMicros, processMicros, latency } = await run(store, Number(secondsText));
  console.log(
    `${name}: ${Math.round(appended / seconds)} durable rows/s in batches of ${rows}; CPU a row ` +
      `${(mainMicros / appended).toFixed(2)} µs main thread, ${(processMicros / appended).toFixed(2)} µs process; ` +
      `commit p50 ${latency.p50} ms, p99 ${latency.p99} ms`,
  );
}

async function run(store: Store, seconds: number) {
  const latencies: number[] = [];
  let appended = 0;
  let makingMicros = 0;
  const make = (): Batch => {
    const from = mainThreadMicros();
    const made = batchOf(rows);
    makingMicros += mainThreadMicros() - from;
    return made;
  };
  let batch = make();
  const begin = performance.now();
  const cpu = process.cpuUsage();
  const before = mainThreadMicros();
  makingMicros = 0;
  while (performance.now() - begin < seconds * 1000) {
    const from = performance.now();
    const committing = store.commit(batch);
    batch = make(); // while the other is on its way
    await committing;
    latencies.push(performance.now() - from);
    appended += rows;
  }
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const at = (part: number): string => latencies[Math.floor(latencies.length * part)]!.toFixed(1);
  return {
    appended,
    seconds: (performance.now() - begin) / 1000,
    mainMicros: mainThreadMicros() - before - makingMicros,
    processMicros: user + system - makingMicros,
    latency: { p50: at(0.5), p99: at(0.99) },
  };
}

/** CPU time of the main thread, as Linux accounts for it. */
function mainThreadMicros(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1000;
}

function batchOf(size: number): Batch {
  const appends = Array.from({ length: size }, (): DatedDraft => {
    const pair = Math.floor(Math.random() * pairs);
    const at = Date.now();
    const mid = uuidv7(at);
    return {
      conversation: conversations[pair] as ConversationId,
      kind: "message",
      author: users[2 * pair]!,
      device: "xmpp:phone" as DeviceId,
      mid,
      at,
      originId: `o-${mid}` as OriginId,
      originReleased: false,
      body: "Wherefore art thou, Romeo? Deny thy father and refuse thy name.",
      bytes: undefined,
      extensions: { xmpp: '<active xmlns="http://jabber.org/protocol/chatstates"/>' },
    };
  });
  return { releases: [], appends, enqueues: [], advances: [], marks: [], settles: [], pins: [] };
}
