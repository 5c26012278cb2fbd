// How every connection to the file is set up.
import Sqlite, { type Database } from "better-sqlite3";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";

export function open(file: string): Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Messages and keys are nobody else's: SQLite gives its -wal and -shm the permissions of the file.
  closeSync(openSync(file, "a", 0o600));
  // The command line opens the same file beside a running server, and waits its turn to write.
  const db = new Sqlite(file, { timeout: 5000 });
  db.pragma("journal_mode = wal");
  db.pragma("synchronous = full"); // WAL is fsynced at each commit (P1)
  db.pragma("wal_autocheckpoint = 10000");
  db.pragma("cache_size = -4096"); // KiB; the kernel has the rest (docs/decisions/0072-the-kernel-keeps-the-pages.md)
  db.pragma("temp_store = memory");
  return db;
}
