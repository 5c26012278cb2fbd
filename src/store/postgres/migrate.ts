// Brings a database to the newest schema; safe when two nodes start at once.
import { Fault } from "../../model/fault.ts";
import type { Logger } from "../../ops/log.ts";
import type { Database } from "./connection.ts";
import { initial } from "./migrations/0001-initial.ts";
import { commit } from "./migrations/0002-commit.ts";
import { archive } from "./migrations/0003-archive.ts";
import { accountData } from "./migrations/0004-account-data.ts";
import { search } from "./migrations/0005-search.ts";
import { relations } from "./migrations/0006-relations.ts";
import { sharedTopics } from "./migrations/0007-shared-topics.ts";
import { rosters } from "./migrations/0008-rosters.ts";
import { roomSettings } from "./migrations/0009-room-settings.ts";
import { topicLogs } from "./migrations/0010-topic-logs.ts";
import { nodes } from "./migrations/0011-nodes.ts";
import { clientTokens } from "./migrations/0012-client-tokens.ts";
import { memberReasons } from "./migrations/0013-member-reasons.ts";
import { pins } from "./migrations/0014-pins.ts";

/** In order; a released one is never edited. */
const migrations: readonly string[] = [
  initial,
  commit,
  archive,
  accountData,
  search,
  relations,
  sharedTopics,
  rosters,
  roomSettings,
  topicLogs,
  nodes,
  clientTokens,
  memberReasons,
  pins,
];

const lock = { name: "migrate_lock", text: "select pg_advisory_xact_lock(7468218)" };
const table = {
  name: "migrate_table",
  text: "create table if not exists schema_version (version integer primary key, at timestamptz not null default now())",
};
const newest = { name: "migrate_newest", text: "select coalesce(max(version), 0) as version from schema_version" };
const done = { name: "migrate_done", text: "insert into schema_version (version) values ($1)" };
const settings = {
  name: "settings",
  text: `select current_setting('server_encoding') as encoding, current_setting('fsync') as fsync,
           current_setting('full_page_writes') as pages`,
};

export async function migrate(database: Database, log: Logger): Promise<void> {
  const [server] = await database.ask<{ encoding: string; fsync: string; pages: string }>(settings);
  if (server!.encoding !== "UTF8") {
    throw new Fault("unavailable", `the database's encoding is ${server!.encoding}; create it with encoding UTF8`);
  }
  if (server!.fsync !== "on" || server!.pages !== "on") {
    log.error(
      { what: "store_not_durable" },
      "PostgreSQL runs without fsync or full_page_writes: a power cut loses messages",
    );
  }
  await database.transaction(async (connection) => {
    // Until the end of this transaction another starting node waits here, and then finds nothing to do.
    await connection.ask(lock);
    await connection.ask(table);
    const [{ version }] = (await connection.ask<{ version: number }>(newest)) as [{ version: number }];
    if (version > migrations.length) {
      throw new Fault(
        "unavailable",
        `the database has schema ${version}; this program knows ${migrations.length}: upgrade it`,
      );
    }
    for (const [at, sql] of migrations.entries()) {
      if (at < version) continue;
      await connection.run(sql);
      await connection.ask(done, at + 1);
    }
  });
}
