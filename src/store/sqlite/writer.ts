// The writing thread's work: questions in transactions, several small ones in one, since it is the sync that costs.
import type { Database } from "better-sqlite3";
import type { Answer, Question } from "./line.ts";
import { writesOf } from "./questions.ts";
import { refusalOf } from "./refusal.ts";

/** Questions of one transaction. */
export const mostTogether = 64;

/** What touches few rows: nobody notices that it waits for the others. */
const small: ReadonlySet<string> = new Set([
  ...["putDevice", "removeDevice", "takeWill", "putMember", "createAccount", "updateAccount", "putContact"],
  ...["removeContact", "putDatum", "putClientTokens", "removeClientTokens", "createNode", "updateNode", "putItems"],
  ...["removeItem", "putNodeAffiliation", "putNodeSubscription", "removeNodeSubscription"],
]);

/** Whether the question may share a transaction with those before it: a commit does, and is the last of it. */
export function joins(name: string): boolean {
  return small.has(name) || name === "commit";
}

/** Whether others may share its transaction. */
export function mayBeJoined(name: string): boolean {
  return small.has(name);
}

export class Writer {
  readonly #db: Database;
  readonly #alone: (question: Question) => unknown;
  readonly #together: (questions: readonly Question[]) => Answer[];
  readonly #forget: () => void;

  constructor(db: Database) {
    const { writes, flush, stale, clear } = writesOf(db);
    const table = writes as unknown as Record<string, (...args: unknown[]) => unknown>;
    const dataVersion = db.prepare<[], number>("pragma data_version").pluck();
    let seen: number | undefined; // nothing yet, nor after a rollback
    this.#db = db;
    this.#forget = () => {
      clear();
      seen = undefined;
    };
    const one = db.transaction(({ name, args }: Question) => {
      // Asked under the write lock: whoever else wrote has committed.
      const version = dataVersion.get();
      if (version !== seen) stale();
      seen = version;
      const value = table[name]!(...args);
      flush();
      return value;
    });
    this.#alone = (question) => one.immediate(question);
    const several = db.transaction((questions: readonly Question[]) =>
      questions.map((question) => this.#inSavepoint(question, one)),
    );
    this.#together = (questions) => several.immediate(questions);
  }

  /** All are committed when this returns, but for those that are refused. */
  answer(questions: readonly Question[]): Answer[] {
    try {
      if (questions.length > 1) return this.#together(questions);
      const [question] = questions as [Question];
      return [{ id: question.id, value: this.#alone(question) }];
    } catch (error) {
      this.#forget();
      const refusal = refusalOf(error);
      return questions.map(({ id }) => ({ id, refusal }));
    }
  }

  /** What is refused leaves nothing behind, and the others as they are; unless the whole transaction went with it. */
  #inSavepoint(question: Question, act: (question: Question) => unknown): Answer {
    const { id } = question;
    try {
      return { id, value: act(question) };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.fatal || !this.#db.inTransaction) throw error;
      this.#forget();
      return { id, refusal };
    }
  }
}
