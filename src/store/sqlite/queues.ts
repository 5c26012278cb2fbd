// What durable sessions on plain topics are owed: bodies once, an entry for each session.
import type { Database } from "better-sqlite3";
import type { DeviceId, UserId } from "../../model/ids.ts";
import type { Enqueue, Queued, QueueSettle } from "../store.ts";
import type { Names } from "./names.ts";
import { publicationColumns, publicationJoins, publicationOfRow, publicationSelect } from "./publication-rows.ts";
import { publicationValues, type PublicationRow } from "./publication-rows.ts";
import { WriteBack } from "./write-back.ts";

interface QueueRow {
  readonly user: number;
  readonly device: number;
  last: number;
}

export type QueueWrites = ReturnType<typeof queueWrites>;

export function queueWrites(db: Database, names: Names) {
  const hold = db.prepare(`
    insert into held_origins (author, origin, conversation, seq, device) values (?, ?, 0, 0, ?) on conflict do nothing`);
  const keep = db.prepare(`
    insert into publications (${publicationColumns}, owed) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const owe = db.prepare("insert into queue_entries values (?, ?, ?, ?, ?, ?, ?)");
  const last = db.prepare<[number, number], number>("select last from queues where user = ? and device = ?").pluck();
  const setLast = db.prepare("insert into queues values (?, ?, ?) on conflict do update set last = excluded.last");
  const settle = db
    .prepare<[number, number, number], number>(
      "delete from queue_entries where user = ? and device = ? and position = ? returning publication",
    )
    .pluck();
  const settleAll = db
    .prepare<[number, number], number>("delete from queue_entries where user = ? and device = ? returning publication")
    .pluck();
  const forget = db.prepare("delete from queues where user = ? and device = ?");
  const owedLess = db
    .prepare<[number], number>("update publications set owed = owed - 1 where id = ? returning owed")
    .pluck();
  const drop = db.prepare("delete from publications where id = ?");

  const queues = new WriteBack<QueueRow>({
    load: (key) => {
      const [user, device] = key.split(":").map(Number) as [number, number];
      return { user, device, last: last.get(user, device) ?? 0 };
    },
    save: (row) => void setLast.run(row.user, row.device, row.last),
    capacity: 20_000,
  });

  function settled(publication: number | undefined): void {
    if (publication !== undefined && owedLess.get(publication) === 0) drop.run(publication);
  }

  return {
    queues,

    /** Undefined for a duplicate. */
    enqueue: ({ publication, sessions, originId }: Enqueue): number[] | undefined => {
      if (originId !== undefined) {
        const { changes } = hold.run(names.of(publication.author), originId, names.of(publication.device));
        if (changes === 0) return undefined;
      }
      if (sessions.length === 0) return [];
      const body = keep.run(...publicationValues(publication, names), sessions.length).lastInsertRowid;
      return sessions.map((to) => {
        const user = names.of(to.user);
        const device = names.of(to.device);
        const key = `${user}:${device}`;
        const queue = queues.get(key);
        queue.last += 1;
        queues.changed(key, queue);
        const ids = to.subscriptionIds === undefined ? null : JSON.stringify(to.subscriptionIds);
        owe.run(user, device, queue.last, body, to.qos, to.retain ? 1 : 0, ids);
        return queue.last;
      });
    },

    settle: ({ user, device, position }: QueueSettle): void =>
      settled(settle.get(names.of(user), names.of(device), position)),

    /** Forgets the queue with its positions. */
    removeQueue: (user: number, device: number): void => {
      for (const publication of settleAll.all(user, device)) settled(publication);
      forget.run(user, device);
      queues.clear();
    },
  };
}

type QueuedRow = PublicationRow & {
  readonly position: number;
  readonly owedQos: 1 | 2;
  readonly owedRetain: number;
  readonly subscriptionIds: string | null;
};

export function queueReads(db: Database) {
  const queued = db.prepare<[UserId, DeviceId, number, number], QueuedRow>(`
    select q.position, q.qos as owedQos, q.retain as owedRetain, q.subscription_ids as subscriptionIds, ${publicationSelect}
    from queue_entries q join publications p on p.id = q.publication ${publicationJoins}
    where q.user = (select id from names where name = ?) and q.device = (select id from names where name = ?)
      and q.position > ?
    order by q.position
    limit ?`);

  return {
    queued: (user: UserId, device: DeviceId, after: number, limit: number): readonly Queued[] =>
      queued.all(user, device, after, limit).map((row) => ({
        position: row.position,
        publication: publicationOfRow(row),
        qos: row.owedQos,
        retain: row.owedRetain === 1,
        subscriptionIds: row.subscriptionIds === null ? undefined : JSON.parse(row.subscriptionIds),
      })),
  };
}
