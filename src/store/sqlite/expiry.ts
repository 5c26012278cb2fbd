// Retained messages and queue entries that nobody gets any more.
import type { Database } from "better-sqlite3";
import type { Dropped } from "../store.ts";

export function expiryWrites(db: Database) {
  const retained = db.prepare(`
    delete from retained where rowid in (select rowid from retained where expires_at <= ? limit ?)`);
  const expired = db
    .prepare<[number, number], number>("select id from publications where expires_at <= ? limit ?")
    .pluck();
  const entriesOf = db.prepare("delete from queue_entries where publication = ?");
  const drop = db.prepare("delete from publications where id = ?");
  const orphans = db.prepare<
    [number, number],
    { user: number; device: number; position: number; publication: number }
  >(`
    select q.user, q.device, q.position, q.publication
    from queue_entries q join publications p on p.id = q.publication
    where q.share is not null and p.at <= ?
      and not exists (select 1 from devices d where d.user = q.user and d.device = q.device)
    limit ?`);
  const remove = db.prepare("delete from queue_entries where user = ? and device = ? and position = ?");
  const owedLess = db
    .prepare<[number], number>("update publications set owed = owed - 1 where id = ? returning owed")
    .pluck();

  return {
    dropExpired: (nowMs: number, queuedBefore: number, limit: number): Dropped => {
      let queued = 0;
      for (const id of expired.all(queuedBefore, limit)) {
        queued += entriesOf.run(id).changes;
        drop.run(id);
      }
      for (const { user, device, position, publication } of orphans.all(queuedBefore, limit)) {
        queued += remove.run(user, device, position).changes;
        if (owedLess.get(publication) === 0) drop.run(publication);
      }
      return { retained: retained.run(nowMs, limit).changes, queued };
    },
  };
}
