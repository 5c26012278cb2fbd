// What one commit brought to one queue as one row, settled as a whole where it can be: most messages never have a row of
// their own.
import type { Database } from "better-sqlite3";
import type { Queued } from "../store.ts";
import { entriesOf } from "./run-entries.ts";

/** Positions `first` to `last` of a queue, and which of them are settled. */
export interface Run {
  readonly first: number;
  readonly last: number;
  /** Entries that are owed still. */
  left: number;
  /** A bit for each entry; undefined while none is settled. */
  settled: Uint8Array | undefined;
  changed: boolean;
}

/** A queue's place in the tables, and the runs at its end or lately settled in. */
export interface RunsOfQueue {
  readonly user: number;
  readonly device: number;
  readonly runs: Run[];
}

/** Runs remembered of each queue; others are looked up. */
const remembered = 16;
/** Rows read at once for a page. */
const pageRuns = 16;

interface RunRow {
  readonly first: number;
  readonly last: number;
  readonly settled: Uint8Array | null;
}

export function runWrites(db: Database) {
  const insert = db.prepare("insert into queue_runs values (?, ?, ?, ?, ?, null)");
  const find = db.prepare<[number, number, number, number], RunRow>(`
    select first, last, settled from (
      select first, last, settled from queue_runs where user = ? and device = ? and last >= ? order by last limit 1)
    where first <= ?`);
  const keep = db.prepare("update queue_runs set settled = ? where user = ? and device = ? and last = ?");
  const drop = db.prepare("delete from queue_runs where user = ? and device = ? and last = ?");
  const dropAll = db.prepare("delete from queue_runs where user = ? and device = ?");

  function runAt(queue: RunsOfQueue, position: number): Run | undefined {
    const known = queue.runs.find((run) => run.first <= position && position <= run.last);
    if (known !== undefined) return known;
    const row = find.get(queue.user, queue.device, position, position);
    if (row === undefined) return undefined;
    const run = runOfRow(row);
    remember(queue, run);
    return run;
  }

  return {
    append: (queue: RunsOfQueue, first: number, last: number, entries: Uint8Array): void => {
      insert.run(queue.user, queue.device, last, first, entries);
      remember(queue, { first, last, left: last - first + 1, settled: undefined, changed: false });
    },

    /** Settles what of these positions lies in the run that `first` is in; returns the position behind, or undefined. */
    settle: (queue: RunsOfQueue, first: number, last: number): number | undefined => {
      const run = runAt(queue, first);
      if (run === undefined) return undefined;
      const to = Math.min(last, run.last);
      mark(run, first, to);
      return to + 1;
    },

    /** Writes what was settled; called once a commit for each queue in which something was. */
    flush: (queue: RunsOfQueue): void => {
      for (let at = queue.runs.length - 1; at >= 0; at--) {
        const run = queue.runs[at]!;
        if (run.left === 0) {
          drop.run(queue.user, queue.device, run.last);
          queue.runs.splice(at, 1);
        } else if (run.changed) keep.run(run.settled, queue.user, queue.device, run.last);
        run.changed = false;
      }
    },

    removeAll: (user: number, device: number): void => void dropAll.run(user, device),
  };

  function remember(queue: RunsOfQueue, run: Run): void {
    queue.runs.push(run);
    if (queue.runs.length <= remembered) return;
    // One that changed in this commit is to be written at its end.
    const idle = queue.runs.findIndex((each) => !each.changed);
    if (idle !== -1) queue.runs.splice(idle, 1);
  }
}

export function runReads(db: Database) {
  const page = db.prepare<[number, number, number, number], RunRow & { readonly entries: Uint8Array }>(`
    select first, last, settled, entries from queue_runs
    where user = ? and device = ? and last > ?
    order by last
    limit ?`);

  return {
    /** Entries behind `after` that are owed, ascending. */
    entries: (user: number, device: number, after: number, limit: number): Queued[] => {
      const found: Queued[] = [];
      for (let behind = after; ;) {
        const rows = page.all(user, device, behind, Math.min(pageRuns, limit));
        for (const row of rows) {
          for (const entry of entriesOf(row.entries, row.first)) {
            if (entry.position <= after || isSettled(row, entry.position)) continue;
            if (found.push(entry) === limit) return found;
          }
        }
        if (rows.length < Math.min(pageRuns, limit)) return found;
        behind = rows.at(-1)!.last;
      }
    },
  };
}

function mark(run: Run, first: number, last: number): void {
  if (run.left === 0) return;
  if (first === run.first && last === run.last) {
    run.left = 0;
  } else {
    const settled = (run.settled ??= new Uint8Array((run.last - run.first + 8) >> 3));
    for (let bit = first - run.first; bit <= last - run.first; bit++) {
      if ((settled[bit >> 3]! & (1 << (bit & 7))) !== 0) continue;
      settled[bit >> 3]! |= 1 << (bit & 7);
      run.left -= 1;
    }
  }
  run.changed = true;
}

function runOfRow({ first, last, settled }: RunRow): Run {
  const run: Run = { first, last, left: last - first + 1, settled: undefined, changed: false };
  if (settled === null) return run;
  run.settled = new Uint8Array(settled);
  for (let position = first; position <= last; position++) if (isSettled({ first, settled }, position)) run.left -= 1;
  return run;
}

function isSettled({ first, settled }: Pick<RunRow, "first" | "settled">, position: number): boolean {
  const bit = position - first;
  return settled !== null && (settled[bit >> 3]! & (1 << (bit & 7))) !== 0;
}
