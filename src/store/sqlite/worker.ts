// One thread on the file: the writer runs questions in transactions; the reader only asks, so that no read ever waits
// behind an fsync.
import type { Database } from "better-sqlite3";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Answer, Question, WorkerRole } from "./line.ts";
import { migrate } from "./migrate.ts";
import { open } from "./open.ts";
import { readsOf } from "./questions.ts";
import { refusalOf, type Refusal } from "./refusal.ts";
import { joins, mayBeJoined, mostTogether, Writer } from "./writer.ts";

const { file, role } = workerData as { file: string; role: WorkerRole };
const port = parentPort!;
let failed: Refusal | undefined;

let db: Database | undefined;
let ask: ((questions: readonly Question[]) => Answer[]) | undefined;
try {
  db = open(file);
  if (role === "writer") migrate(db);
  ask = role === "writer" ? writer(db) : reader(db);
} catch (error) {
  failed = { ...refusalOf(error), fatal: true }; // the answer to the first question, `open`, and to all others
}

port.on("message", (question: Question) => {
  for (let next: Question | undefined = question; next !== undefined;) next = serve(next);
});

/** Serves the question, and those that wait already and may share its transaction; returns one that was taken and may not. */
function serve(question: Question): Question | undefined {
  if (question.name === "close") {
    db?.close();
    port.postMessage({ id: question.id, value: undefined } satisfies Answer);
    port.close();
    return undefined;
  }
  const questions = [question];
  let behind: Question | undefined;
  while (role === "writer" && questions.length < mostTogether && mayBeJoined(questions.at(-1)!.name)) {
    behind = waiting();
    if (behind === undefined || !joins(behind.name)) break;
    questions.push(behind);
    behind = undefined;
  }
  for (const answer of answers(questions)) port.postMessage(answer);
  return behind;
}

function waiting(): Question | undefined {
  const received = receiveMessageOnPort(port);
  return received === undefined ? undefined : (received.message as Question);
}

function answers(questions: readonly Question[]): readonly Answer[] {
  // After a failed fsync nobody knows what the file holds: never accept again (P1).
  if (failed !== undefined) return questions.map(({ id }) => ({ id, refusal: failed! }));
  if (questions[0]!.name === "open") return questions.map(({ id }) => ({ id, value: undefined }));
  const given = ask!(questions);
  const refusal = given.find((answer) => answer.refusal?.fatal === true)?.refusal;
  if (role === "writer") failed = refusal;
  return given;
}

function reader(db: Database): (questions: readonly Question[]) => Answer[] {
  const reads = readsOf(db) as unknown as Record<string, (...args: unknown[]) => unknown>;
  return (questions) =>
    questions.map(({ id, name, args }) => {
      try {
        return { id, value: reads[name]!(...args) };
      } catch (error) {
        return { id, refusal: refusalOf(error) };
      }
    });
}

function writer(db: Database): (questions: readonly Question[]) => Answer[] {
  const writes = new Writer(db);
  return (questions) => writes.answer(questions);
}
