// What durable sessions are owed, read from both places where it is kept; see queues.ts.
import type { Database } from "better-sqlite3";
import type { DeviceId, UserId } from "../../model/ids.ts";
import type { Queued, SharedEntry } from "../store.ts";
import { publicationJoins, publicationOfRow, publicationSelect, type PublicationRow } from "./publication-rows.ts";
import { runReads } from "./queue-runs.ts";

type QueuedRow = PublicationRow & {
  readonly position: number;
  readonly owedQos: 1 | 2;
  readonly owedRetain: number;
  readonly subscriptionIds: string | null;
  readonly share: string | null;
};

type SharedRow = QueuedRow & { readonly inQueueOf: UserId; readonly onDevice: DeviceId; readonly bodyId: number };

export function queueReads(db: Database) {
  const columns = `
    q.position, q.qos as owedQos, q.retain as owedRetain, q.subscription_ids as subscriptionIds, q.share, ${publicationSelect}`;
  const idOf = db.prepare<[string], number>("select id from names where name = ?").pluck();
  const queued = db.prepare<[number, number, number, number], QueuedRow>(`
    select ${columns}
    from queue_entries q join publications p on p.id = q.publication ${publicationJoins}
    where q.user = ? and q.device = ? and q.position > ?
    order by q.position
    limit ?`);
  // What may change hands is never in a run.
  const shared = db.prepare<[string, string, number, number], SharedRow>(`
    select ${columns}, u.name as inQueueOf, v.name as onDevice, p.id as bodyId
    from queue_entries q join publications p on p.id = q.publication ${publicationJoins}
      join names u on u.id = q.user join names v on v.id = q.device
    where q.share = ? and p.host = ? and p.id > ?
    order by p.id
    limit ?`);
  const runs = runReads(db);

  // One view of both tables.
  const read = db.transaction((user: UserId, device: DeviceId, after: number, limit: number): readonly Queued[] => {
    const ids = [idOf.get(user), idOf.get(device)] as const;
    if (ids[0] === undefined || ids[1] === undefined) return [];
    const rows = queued.all(ids[0], ids[1], after, limit).map(queuedOfRow);
    const inRuns = runs.entries(ids[0], ids[1], after, limit);
    if (rows.length === 0) return inRuns;
    return [...rows, ...inRuns].sort((one, next) => one.position - next.position).slice(0, limit);
  });

  return {
    queued: (user: UserId, device: DeviceId, after: number, limit: number): readonly Queued[] =>
      read(user, device, after, limit),
    shared: (host: string, share: string, after: number, limit: number): readonly SharedEntry[] =>
      shared.all(share, host, after, limit).map((row) => ({
        ...queuedOfRow(row),
        user: row.inQueueOf,
        device: row.onDevice,
        order: row.bodyId,
      })),
  };
}

function queuedOfRow(row: QueuedRow): Queued {
  return {
    position: row.position,
    publication: publicationOfRow(row),
    qos: row.owedQos,
    retain: row.owedRetain === 1,
    subscriptionIds: row.subscriptionIds === null ? undefined : JSON.parse(row.subscriptionIds),
    share: row.share ?? undefined,
  };
}
