// All that the threads can be asked: what writes goes to the one, what reads to the other.
import type { Database } from "better-sqlite3";
import { accountDataReads, accountDataWrites } from "./account-data.ts";
import { accountReads, accountWrites } from "./accounts.ts";
import { appendOf } from "./append.ts";
import { archiveReads } from "./archive.ts";
import { backlogReads } from "./backlog.ts";
import { commitOf } from "./commit.ts";
import { clientTokenReads, clientTokenWrites } from "./client-tokens.ts";
import { contactReads, contactWrites } from "./contacts.ts";
import { conversationsOf } from "./conversations.ts";
import { deviceReads, deviceWrites } from "./devices.ts";
import { expiryWrites } from "./expiry.ts";
import { nodeMemberReads, nodeMemberWrites } from "./node-members.ts";
import { nodeReads, nodeWrites } from "./nodes.ts";
import { namesOf } from "./names.ts";
import { Origins } from "./origins.ts";
import { positionReads, positionWrites } from "./positions.ts";
import { queueReads } from "./queue-reads.ts";
import { queueWrites } from "./queues.ts";
import { keptReads, keptWrites } from "./kept.ts";
import { logReads } from "./read.ts";
import { retainedReads, retainedWrites } from "./retained.ts";
import { searchReads, searchWrites } from "./search.ts";
import { roomReads, roomWrites } from "./rooms.ts";

export type Writes = ReturnType<typeof writesOf>["writes"];
export type Reads = ReturnType<typeof readsOf>;

export function readsOf(db: Database) {
  return {
    ping: (): void => void db.prepare("select 1").get(),
    ...logReads(db),
    ...archiveReads(db),
    ...searchReads(db),
    ...keptReads(db),
    ...positionReads(db),
    ...backlogReads(db),
    ...queueReads(db),
    ...retainedReads(db),
    ...deviceReads(db),
    ...roomReads(db),
    ...accountReads(db),
    ...contactReads(db),
    ...accountDataReads(db),
    ...clientTokenReads(db),
    ...nodeReads(db),
    ...nodeMemberReads(db),
  };
}

/** Each is to be called within a transaction, followed by `flush`; after a rollback, `clear`. */
export function writesOf(db: Database) {
  const names = namesOf(db);
  const conversations = conversationsOf(db);
  const queues = queueWrites(db, names);
  const devices = deviceWrites(db, names, queues);
  const origins = new Origins(db);
  const log = appendOf(db, { names, conversations, origins });
  const commit = commitOf({
    log,
    positions: positionWrites(db, names, conversations),
    queues,
    retained: retainedWrites(db, names),
  });
  const contacts = contactWrites(db);
  const nodes = nodeWrites(db);
  const { putDevice, removeDevice, renew, takeWill, seen } = devices;

  return {
    writes: {
      commit,
      find: log.find,
      ...searchWrites(db),
      ...keptWrites(db),
      handOver: queues.handOver,
      ...expiryWrites(db),
      putDevice,
      removeDevice,
      renew,
      takeWill,
      seen,
      ...roomWrites(db, names, conversations),
      ...accountWrites(db, names, { conversations, devices, contacts, nodes }),
      ...contacts,
      ...accountDataWrites(db),
      ...clientTokenWrites(db),
      ...nodes,
      ...nodeMemberWrites(db),
    },
    flush: () => {
      conversations.flush();
      queues.queues.flush();
      origins.flush();
    },
    /** Somebody else wrote to the file. Names outlive everything. */
    stale: () => {
      conversations.clear();
      queues.queues.clear();
      origins.refresh();
    },
    clear: () => {
      names.clear();
      conversations.clear();
      queues.queues.clear();
      origins.clear();
    },
  };
}
