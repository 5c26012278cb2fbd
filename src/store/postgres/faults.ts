// What PostgreSQL's errors mean to us.
import pg from "pg";
import { Fault } from "../../model/fault.ts";

// Connection exceptions, resources, operator intervention, read-only standby, cannot take a lock in time.
const passing = /^(08|53|57|25006|55P03|40)/;
const repeatable = /^(40001|40P01)$/; // serialization failure, deadlock

/** The transaction was rolled back only because of another one: the same again may succeed. */
export function isRepeatable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && repeatable.test(error.code ?? "");
}

/** A conversation's number means nothing any more: its room was removed. */
export function isStale(error: unknown): boolean {
  return error instanceof Fault && (error.cause as { sqlstate?: string } | undefined)?.sqlstate === "TRV01";
}

export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof pg.DatabaseError && !passing.test(error.code ?? "")) {
    // The message may quote values; the code and the place do not (P9).
    const { code: sqlstate, routine } = error;
    return new Fault("internal", `PostgreSQL refused with ${sqlstate} (${routine})`, { cause: { sqlstate } });
  }
  // Not an answer of the server at all: the connection failed or timed out.
  const reason = error instanceof pg.DatabaseError ? error.code : (error as Error).message;
  return new Fault("unavailable", `PostgreSQL: ${reason}`, { retryAfterMs: 250, cause: error });
}
