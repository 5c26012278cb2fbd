// The store of a cluster, and of whoever has PostgreSQL anyway.
import type { Logger } from "../../ops/log.ts";
import { systemClock } from "../../ops/clock.ts";
import { SearchIndexer } from "../search.ts";
import type { Store } from "../store.ts";
import { accountDataOf } from "./account-data.ts";
import { accountsOf } from "./accounts.ts";
import { archiveReads } from "./archive.ts";
import { backlogReads } from "./backlog.ts";
import { clientTokensOf } from "./client-tokens.ts";
import { commitOf } from "./commit.ts";
import { connect } from "./connection.ts";
import { contactsOf } from "./contacts.ts";
import { devicesOf } from "./devices.ts";
import { expiryOf } from "./expiry.ts";
import { migrate } from "./migrate.ts";
import { Names } from "./names.ts";
import { nodeMembersOf } from "./node-members.ts";
import { nodesOf } from "./nodes.ts";
import { positionReads } from "./positions.ts";
import { queuesOf } from "./queues.ts";
import { keptOf } from "./kept.ts";
import { logReads } from "./read.ts";
import { retainedReads } from "./retained.ts";
import { indexNext, searchIn } from "./search.ts";
import { roomsOf } from "./rooms.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; the database's encoding must be UTF8. */
  readonly url: string;
  readonly log: Logger;
  /** Connections at most; one of them commits. */
  readonly poolSize: number;
}

/**
 * All that was asked while the server is away is refused with Fault `unavailable`, a commit on its way with its outcome
 * unknown: repeat it. Reconnects by itself.
 */
export function createPostgresStore({ url, log, poolSize }: PostgresOptions): Store {
  const database = connect(url, poolSize, log);
  const names = new Names(database);
  const commit = commitOf(database, names);
  const indexer = new SearchIndexer(() => indexNext(database), systemClock, log);
  const ping = { name: "ping", text: "select 1" };
  return {
    start: async () => {
      await migrate(database, log);
      indexer.wake(0);
    },
    ping: async () => void (await database.ask(ping)),
    [Symbol.asyncDispose]: async () => {
      await indexer.stop();
      await database.close();
    },
    commit: async (batch) => {
      const committed = await commit(batch);
      if (batch.appends.length > 0) indexer.wake(batch.appends.length);
      return committed;
    },
    search: async (query) => {
      await indexer.caughtUp();
      return searchIn(database, query);
    },
    ...keptOf(database),
    ...logReads(database),
    ...archiveReads(database),
    ...positionReads(database),
    ...backlogReads(database),
    ...queuesOf(database, names),
    ...expiryOf(database),
    ...retainedReads(database),
    ...devicesOf(database, names),
    ...roomsOf(database, names),
    ...accountsOf(database, names),
    ...contactsOf(database, names),
    ...accountDataOf(database, names),
    ...clientTokensOf(database, names),
    ...nodesOf(database, names),
    ...nodeMembersOf(database, names),
  };
}
