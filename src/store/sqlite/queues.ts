// What durable sessions on plain topics are owed: in runs (queue-runs.ts), or as bodies once and an entry for each session.
import type { Database } from "better-sqlite3";
import type { Enqueue, HandOver, QueueTarget } from "../store.ts";
import type { Names } from "./names.ts";
import { numbersOfSettled, numbersOfStep, other, type GivenPositions, type PackedQueues } from "./packed-queues.ts";
import { publicationColumns, publicationValues } from "./publication-rows.ts";
import { runWrites, type RunsOfQueue } from "./queue-runs.ts";
import { WriteBack } from "./write-back.ts";

interface QueueRow extends RunsOfQueue {
  last: number;
}

export type QueueWrites = ReturnType<typeof queueWrites>;

export function queueWrites(db: Database, names: Names) {
  const hold = db.prepare(`
    insert into held_origins (author, origin, conversation, seq, device) values (?, ?, 0, 0, ?) on conflict do nothing`);
  const keep = db.prepare(`
    insert into publications (${publicationColumns}, owed) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const owe = db.prepare("insert into queue_entries values (?, ?, ?, ?, ?, ?, ?, ?)");
  const last = db.prepare<[number, number], number>("select last from queues where user = ? and device = ?").pluck();
  const setLast = db.prepare("insert into queues values (?, ?, ?) on conflict do update set last = excluded.last");
  const settle = db
    .prepare<[number, number, number], number>(
      "delete from queue_entries where user = ? and device = ? and position = ? returning publication",
    )
    .pluck();
  const settleAll = db
    .prepare<[number, number], number>(`
      delete from queue_entries where user = ? and device = ? and share is null returning publication`)
    .pluck();
  const take = db.prepare<[number, number, number], { publication: number; share: string }>(`
    delete from queue_entries where user = ? and device = ? and position = ? and share is not null
    returning publication, share`);
  const makeOwn = db.prepare("update queue_entries set share = null where user = ? and device = ? and position = ?");
  const owedLess = db
    .prepare<[number], number>("update publications set owed = owed - 1 where id = ? returning owed")
    .pluck();
  const drop = db.prepare("delete from publications where id = ?");
  const runs = runWrites(db);

  const queues = new WriteBack<QueueRow>({
    load: (key) => {
      const [user, device] = key.split(":").map(Number) as [number, number];
      return { user, device, last: last.get(user, device) ?? 0, runs: [] };
    },
    save: (row) => void setLast.run(row.user, row.device, row.last),
    capacity: 20_000,
  });

  function settled(publication: number | undefined): void {
    if (publication !== undefined && owedLess.get(publication) === 0) drop.run(publication);
  }

  function queueOf(user: number, device: number): QueueRow {
    return queues.get(`${user}:${device}`);
  }

  /** The next position; the queue is written with the commit. */
  function advance(queue: QueueRow, by: number): number {
    const first = queue.last + 1;
    queue.last += by;
    queues.changed(`${queue.user}:${queue.device}`, queue);
    return first;
  }

  function append(to: QueueTarget, body: number | bigint, share: string | undefined): number {
    const queue = queueOf(names.of(to.user), names.of(to.device));
    const position = advance(queue, 1);
    const ids = to.subscriptionIds === undefined ? null : JSON.stringify(to.subscriptionIds);
    owe.run(queue.user, queue.device, position, body, to.qos, to.retain ? 1 : 0, ids, share);
    return position;
  }

  /** Undefined for a duplicate. */
  function enqueue({ publication, sessions, originId }: Enqueue): number[] | undefined {
    if (originId !== undefined) {
      const { changes } = hold.run(names.of(publication.author), originId, names.of(publication.device));
      if (changes === 0) return undefined;
    }
    if (sessions.length === 0) return [];
    const body = keep.run(...publicationValues(publication, names), sessions.length).lastInsertRowid;
    return sessions.map((to) => append(to, body, to.share));
  }

  function namedBy(packed: PackedQueues): (number: number) => QueueRow {
    return (number) => queueOf(names.of(packed.queues[number * 2]!), names.of(packed.queues[number * 2 + 1]!));
  }

  return {
    queues,

    enqueue: (packed: PackedQueues): GivenPositions => {
      const { steps, bytes, others } = packed;
      const queueAt = namedBy(packed);
      const given: number[] = [];
      const positions: (number[] | undefined)[] = [];
      for (let at = 0; at < steps.length; at += numbersOfStep) {
        const number = steps[at]!;
        if (number === other) {
          positions.push(enqueue(others[steps[at + 1]!]!));
          continue;
        }
        const queue = queueAt(number);
        const first = advance(queue, steps[at + 1]!);
        runs.append(queue, first, queue.last, bytes.subarray(steps[at + 2], steps[at + 3]));
        given.push(first);
      }
      return { runs: Float64Array.from(given), others: positions };
    },

    handOver: (entries: readonly HandOver[]): (number | undefined)[] =>
      entries.map(({ from, to }) => {
        const place = [names.of(from.user), names.of(from.device), from.position] as const;
        if (to === undefined) {
          makeOwn.run(...place);
          return undefined;
        }
        const taken = take.get(...place);
        return taken === undefined ? undefined : append(to, taken.publication, taken.share);
      }),

    settle: (packed: PackedQueues): void => {
      const { settled: ranges } = packed;
      const queueAt = namedBy(packed);
      const touched = new Set<QueueRow>();
      for (let at = 0; at < ranges.length; at += numbersOfSettled) {
        const queue = queueAt(ranges[at]!);
        const last = ranges[at + 2]!;
        touched.add(queue);
        for (let position = ranges[at + 1]!; position <= last;) {
          const behind = runs.settle(queue, position, last);
          if (behind === undefined) settled(settle.get(queue.user, queue.device, position));
          position = behind ?? position + 1;
        }
      }
      for (const queue of touched) runs.flush(queue);
    },

    /** Empties the queue, but for what shared subscriptions owe. Its last position outlives it, as names do theirs. */
    removeQueue: (user: number, device: number): void => {
      for (const publication of settleAll.all(user, device)) settled(publication);
      runs.removeAll(user, device);
      queues.clear();
    },
  };
}
