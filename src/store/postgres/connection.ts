// The pool: how each connection is set up, and the two ways to ask.
import pg from "pg";
import type { Logger } from "../../ops/log.ts";
import { faultOf, isRepeatable } from "./faults.ts";

/** One statement, prepared under its name on each connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Connection {
  /** Rows as objects. */
  ask<Row>(statement: Statement, ...values: readonly unknown[]): Promise<readonly Row[]>;
  /** Rows as arrays, for what is asked often. */
  rows<Row>(statement: Statement, ...values: readonly unknown[]): Promise<readonly Row[]>;
  /** Several statements, without values. */
  run(script: string): Promise<void>;
}

export interface Database extends Connection {
  /**
   * Runs the work as one transaction, again when another transaction was in its way. A connection whose transaction
   * did not end well is closed, never handed back.
   */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const mostTries = 10;

/** An answered commit is on disk (P1), whatever the server's default; a stronger setting stays. */
const durable =
  "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'";

export function connect(url: string, poolSize: number, log: Logger): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    application_name: "trivium",
    types: { getTypeParser },
    // Nothing hangs for ever: not connecting, not a statement, not a lost answer, not a forgotten transaction.
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    query_timeout: 35_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Awaited before the connection is first used, which the types do not know.
    ...({ onConnect: (client: pg.ClientBase) => client.query(durable) } as object),
  });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on("error", (error) => log.warn({ what: "store_connection_lost", reason: error.message }, "reconnecting"));
  const over = (query: Query): Connection => ({
    ask: async <Row>(statement: Statement, ...values: readonly unknown[]) =>
      (await query({ ...statement, values })).rows as Row[],
    rows: async <Row>(statement: Statement, ...values: readonly unknown[]) =>
      (await query({ ...statement, values, rowMode: "array" })).rows as Row[],
    run: async (script) => void (await query({ text: script })),
  });

  async function once<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    try {
      await client.query("begin");
      const value = await work(over((query) => client.query(query as pg.QueryConfig)));
      await client.query("commit");
      client.release();
      return value;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  return {
    // The pool closes a connection whose query failed.
    ...over((query) => again(() => pool.query(query as pg.QueryConfig)).catch(refuse)),
    transaction: (work) => again(() => once(work)).catch(refuse),
    close: () => pool.end(),
  };
}

type Query = (query: {
  name?: string;
  text: string;
  values?: readonly unknown[];
  rowMode?: "array";
}) => Promise<{ rows: unknown[] }>;

function refuse(error: unknown): never {
  throw faultOf(error);
}

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isRepeatable(error) || tries === mostTries) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * tries));
    }
  }
}

/** Numbers as numbers: seq, positions and times are far below 2^53. */
type TypeId = Parameters<typeof pg.types.getTypeParser>[0];
const getTypeParser = ((oid: TypeId, format?: "text") =>
  oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;
