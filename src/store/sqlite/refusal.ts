// Why a question was refused, in a form that crosses threads.
import Sqlite from "better-sqlite3";
import { Fault, type FaultCode } from "../../model/fault.ts";

export interface Refusal {
  readonly code: FaultCode;
  readonly message: string;
  /** The file may not hold what it should: nothing is written any more. */
  readonly fatal: boolean;
}

// Disk full is fatal too: which part of the commit reached the disk is not known.
const fatal = /^SQLITE_(IOERR|FULL|CORRUPT|NOTADB|CANTOPEN|READONLY)/;
const passing = /^SQLITE_(BUSY|LOCKED)/;

export function refusalOf(error: unknown): Refusal {
  if (error instanceof Fault) return { code: error.code, message: error.message, fatal: false };
  if (!(error instanceof Sqlite.SqliteError)) {
    return { code: "internal", message: String(error instanceof Error ? error.stack : error), fatal: false };
  }
  const message = `${error.code}: ${error.message}`;
  if (fatal.test(error.code)) return { code: "unavailable", message, fatal: true };
  return { code: passing.test(error.code) ? "unavailable" : "internal", message, fatal: false };
}
