// Retained messages and queue entries that nobody gets any more.
import type { Dropped } from "../store.ts";
import type { Database } from "./connection.ts";

const retained = {
  name: "drop_expired_retained",
  text: `
    delete from retained
    where (host, key) in (
      select host, key from retained where expires_at <= $1 order by host, key limit $2 for update skip locked)
    returning 1`,
};
// Entries before their bodies, as everywhere; what another transaction has is left to the next time.
const entries = {
  name: "drop_expired_entries",
  text: `
    with old as materialized (
      select q.account, q.device, q.position, q.publication
      from queue_entries q
      where q.publication in (select id from publications where expires_at <= $1 order by expires_at limit $2)
        or (q.share is not null
          and not exists (select from devices d where d.account = q.account and d.device = q.device)
          and exists (select from publications p where p.id = q.publication and p.at <= $1))
      order by q.account, q.device, q.position
      limit $2
      for update of q skip locked
    )
    delete from queue_entries q using old o
    where q.account = o.account and q.device = o.device and q.position = o.position
    returning q.publication`,
};
const bodies = {
  name: "drop_expired_bodies",
  text: `
    with held as materialized (
      select id from publications where id = any ($1::bigint[]) order by id for update
    )
    delete from publications p using held h
    where p.id = h.id and not exists (select from queue_entries q where q.publication = p.id)`,
};

export function expiryOf(database: Database) {
  return {
    dropExpired: (nowMs: number, queuedBefore: number, limit: number): Promise<Dropped> =>
      database.transaction(async (connection) => {
        const gone = await connection.ask<{ publication: number }>(entries, queuedBefore, limit);
        if (gone.length > 0)
          await connection.ask(
            bodies,
            gone.map(({ publication }) => publication),
          );
        const values = await connection.ask(retained, nowMs, limit);
        return { retained: values.length, queued: gone.length };
      }),
  };
}
