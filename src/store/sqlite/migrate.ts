// Brings a file to the newest schema; safe when two processes open it at once.
import type { Database } from "better-sqlite3";
import { Fault } from "../../model/fault.ts";
import { initial } from "./migrations/0001-initial.ts";
import { archive } from "./migrations/0002-archive.ts";
import { accountData } from "./migrations/0003-account-data.ts";
import { queueRuns } from "./migrations/0004-queue-runs.ts";
import { search } from "./migrations/0005-search.ts";
import { relations } from "./migrations/0006-relations.ts";
import { sharedTopics } from "./migrations/0007-shared-topics.ts";
import { rosters } from "./migrations/0008-rosters.ts";
import { roomSettings } from "./migrations/0009-room-settings.ts";
import { nodes } from "./migrations/0010-nodes.ts";
import { clientTokens } from "./migrations/0011-client-tokens.ts";
import { memberReasons } from "./migrations/0012-member-reasons.ts";
import { pins } from "./migrations/0013-pins.ts";
import { mids } from "./migrations/0014-mids.ts";

/** In order; a released one is never edited. */
const migrations: readonly string[] = [
  initial,
  archive,
  accountData,
  queueRuns,
  search,
  relations,
  sharedTopics,
  rosters,
  roomSettings,
  nodes,
  clientTokens,
  memberReasons,
  pins,
  mids,
];

/** `to` an older schema: for tests of what comes after it. */
export function migrate(db: Database, to = migrations.length): void {
  const step = db.transaction(() => {
    db.exec("create table if not exists schema_version (version integer primary key, at integer not null)");
    const { version } = db.prepare("select coalesce(max(version), 0) as version from schema_version").get() as {
      version: number;
    };
    if (version > migrations.length) {
      throw new Fault(
        "unavailable",
        `the file has schema ${version}; this program knows ${migrations.length}: upgrade it`,
      );
    }
    migrations.slice(version, to).forEach((sql, at) => {
      db.exec(sql);
      db.prepare("insert into schema_version values (?, ?)").run(version + at + 1, Date.now());
    });
  });
  // BEGIN IMMEDIATE: the second of two waits for the first, and then finds nothing to do.
  step.immediate();
}
