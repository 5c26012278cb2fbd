// One thread on the file: the writer runs each question in a transaction of its own; the reader only asks, so that
// no read ever waits behind an fsync.
import type { Database } from "better-sqlite3";
import { parentPort, workerData } from "node:worker_threads";
import type { Answer, Question, WorkerRole } from "./line.ts";
import { migrate } from "./migrate.ts";
import { open } from "./open.ts";
import { readsOf, writesOf } from "./questions.ts";
import { refusalOf, type Refusal } from "./refusal.ts";

type Ask = (question: Question) => unknown;

const { file, role } = workerData as { file: string; role: WorkerRole };
const port = parentPort!;
let failed: Refusal | undefined;

let db: Database | undefined;
let ask: Ask | undefined;
try {
  db = open(file);
  if (role === "writer") migrate(db);
  ask = role === "writer" ? writer(db) : reader(db);
} catch (error) {
  failed = { ...refusalOf(error), fatal: true }; // the answer to the first question, `open`, and to all others
}

port.on("message", (question: Question) => {
  if (question.name === "close") {
    db?.close();
    port.postMessage({ id: question.id, value: undefined } satisfies Answer);
    port.close();
    return;
  }
  port.postMessage(answer(question));
});

function answer(question: Question): Answer {
  // After a failed fsync nobody knows what the file holds: never accept again (P1).
  if (failed !== undefined) return { id: question.id, refusal: failed };
  try {
    return { id: question.id, value: question.name === "open" ? undefined : ask!(question) };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.fatal && role === "writer") failed = refusal;
    return { id: question.id, refusal };
  }
}

function reader(db: Database): Ask {
  const reads = readsOf(db) as unknown as Record<string, (...args: unknown[]) => unknown>;
  return ({ name, args }) => reads[name]!(...args);
}

function writer(db: Database): Ask {
  const { writes, flush, stale, clear } = writesOf(db);
  const table = writes as unknown as Record<string, (...args: unknown[]) => unknown>;
  const dataVersion = db.prepare<[], number>("pragma data_version").pluck();
  let seen: number | undefined; // nothing yet, nor after a rollback

  const transaction = db.transaction(({ name, args }: Question) => {
    // Asked under the write lock: whoever else wrote has committed.
    const version = dataVersion.get();
    if (version !== seen) stale();
    seen = version;
    const value = table[name]!(...args);
    flush();
    return value;
  });
  return (question) => {
    try {
      return transaction.immediate(question);
    } catch (error) {
      clear();
      seen = undefined;
      throw error;
    }
  };
}
