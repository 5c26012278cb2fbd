// The entries of a conversation in the order of their message ids. That is the order of their seqs, which have an index by
// conversation, as long as every id was above those before it: then an id's place among the seqs is found by halving. A
// clock that was set back can make one that is not, and the conversation is known for it.
import type { Database } from "better-sqlite3";
import { both } from "../pages.ts";
import { headOf } from "./conversations.ts";

export interface Source {
  readonly id: number;
  /** 1: its ids and its seqs do not go the same way. */
  readonly strayed: number;
}

/** Seqs above `low` and below `high`. */
export interface Seqs {
  readonly low: number;
  readonly high: number;
}

/** Whether an id stands above another: bytes as they are stored. */
export function ascends(below: Uint8Array, mid: Uint8Array): boolean {
  for (let n = 0; n < 16; n++) if (mid[n] !== below[n]) return mid[n]! > below[n]!;
  return false;
}

export function midOrder(db: Database) {
  const head = db.prepare<[number], number>(`select ${headOf} from conversations c where c.id = ?`).pluck();
  const seqOf = db
    .prepare<[Buffer, number], number>("select seq from entries where mid = ? and conversation = ?")
    .pluck();
  const next = db
    .prepare<[number, number], [seq: number, mid: Buffer]>(
      "select seq, mid from entries where conversation = ? and seq >= ? order by seq limit 1",
    )
    .raw();
  const firstBySeq = firstStatements(db, "seq", "seq");
  // The sign keeps it from the index of the ids, where everybody's are.
  const firstByMid = firstStatements(db, "+mid", "mid");
  const seqAbove = db
    .prepare<[number, Buffer], number>(
      "select seq from entries where conversation = ? and +mid > ? order by mid limit 1",
    )
    .pluck();

  /** The last seq whose id is below `mid`; 0 when there is none. Of a conversation whose ids ascend. */
  function lastBelow(id: number, mid: Buffer): number {
    const first = next.get(id, 1);
    if (first === undefined || !ascends(first[1], mid)) return 0;
    let low = first[0];
    let high = head.get(id)! + 1;
    // What is asked for is mostly near the end.
    for (let step = 1; high - low > 1; step *= 2) {
      const at = Math.max(low + 1, high - step);
      const found = next.get(id, at);
      if (found !== undefined && found[0] < high && ascends(found[1], mid)) {
        low = found[0];
        break;
      }
      high = at;
    }
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const found = next.get(id, middle);
      if (found !== undefined && found[0] < high && ascends(found[1], mid)) low = found[0];
      else high = middle;
    }
    return low;
  }

  /** Where the ids are that lie between two, of a conversation whose ids ascend. */
  function seqsBetween(id: number, low: Buffer, high: Buffer): Seqs {
    return {
      low: seqOf.get(low, id) ?? lastBelow(id, low),
      high: seqOf.get(high, id) ?? lastBelow(id, high) + 1,
    };
  }

  return {
    seqOf: (id: number, mid: Buffer): number | undefined => seqOf.get(mid, id),
    seqsBetween,
    /** The first seq whose id is above `mid`. */
    seqAbove: ({ id, strayed }: Source, mid: Buffer): number | undefined => {
      if (strayed === 1) return seqAbove.get(id, mid);
      return next.get(id, (seqOf.get(mid, id) ?? lastBelow(id, mid)) + 1)?.[0];
    },
    /** The first id between two, from either end. */
    first: ({ id, strayed }: Source, low: Buffer, high: Buffer, order: "asc" | "desc"): Buffer | undefined => {
      if (strayed === 1) return firstByMid[order].get(id, low, high);
      const seqs = seqsBetween(id, low, high);
      return firstBySeq[order].get(id, seqs.low, seqs.high);
    },
  };
}

function firstStatements(db: Database, ends: string, by: string) {
  return both((order) =>
    db
      .prepare<[number, unknown, unknown], Buffer>(
        `select mid from entries where conversation = ? and ${ends} > ? and ${ends} < ? order by ${by} ${order} limit 1`,
      )
      .pluck(),
  );
}
