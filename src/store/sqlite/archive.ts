// Logs read as an archive. The direct conversations of an account are merged here, a few rows of each at a time: a page
// costs one look into each conversation and the rows it shows, however long the logs are.
import type { Database } from "better-sqlite3";
import type { ConversationId, MessageId } from "../../model/ids.ts";
import { type ArchiveQuery, earliest, firstMid, lastMid, latest, midsOf, midsWithin, unarchived } from "../archive.ts";
import { entryColumns, entryJoins, noneOf } from "../entry-columns.ts";
import { both } from "../pages.ts";
import { headOf } from "./conversations.ts";
import { bytesOfMid, entryRow, type EntryRow } from "./entry-rows.ts";
import { midOrder, type Source } from "./mid-order.ts";

interface NamedSource extends Source {
  readonly name: ConversationId;
}

export interface ArchiveRows {
  /** In the direction of the page, one more than asked for when there is more. */
  readonly rows: readonly (readonly [ConversationId, EntryRow])[];
  readonly count: number | undefined;
}

/** Exclusive ends of what is looked through, by seq in one conversation, by id in many. */
interface Ends<Key> {
  readonly low: Key;
  readonly high: Key;
}

/** Both are outside. */
type MidBounds = readonly [low: Buffer, high: Buffer];

const leastChunk = 4;

export function archiveReads(db: Database) {
  const one = db.prepare<[ConversationId], NamedSource>("select id, name, strayed from conversations where name = ?");
  const directs = db.prepare<[string], NamedSource>(`
    select c.id, c.name, c.strayed from names u join members p on p.user = u.id join conversations c on c.id = p.conversation
    where u.name = ? and c.name like 'dm:%'`);
  const order = midOrder(db);
  const head = db.prepare<[number], number>(`select ${headOf} from conversations c where c.id = ?`).pluck();
  const within = `e.at >= ? and e.at <= ? and ${noneOf(unarchived)}`;
  const select = `select ${entryColumns} from entries e ${entryJoins} where e.conversation = ?`;
  const bySeq = both((order) => db.prepare(`${select} and e.seq > ? and e.seq < ? and ${within} order by e.seq ${order} limit ?`).raw()); // prettier-ignore
  const byMid = both((order) => db.prepare(`${select} and +e.mid > ? and +e.mid < ? and ${within} order by e.mid ${order} limit ?`).raw()); // prettier-ignore
  const exactly = db.prepare(`${select} and e.mid = ? and ${within}`).raw();
  const countSeq = db.prepare(`select count(*) from entries e where e.conversation = ? and e.seq > ? and e.seq < ? and ${within}`).pluck(); // prettier-ignore
  const countMid = db.prepare(`select count(*) from entries e where e.conversation = ? and +e.mid > ? and +e.mid < ? and ${within}`).pluck(); // prettier-ignore

  const times = ({ start, end }: ArchiveQuery): [number, number] => [start ?? 0, end ?? Number.MAX_SAFE_INTEGER];

  function sourcesOf({ of, only, but }: ArchiveQuery): readonly NamedSource[] {
    if ("conversation" in of) return one.all(of.conversation);
    const all = directs.all(of.account);
    if (only === undefined && but === undefined) return all;
    return all.filter(({ name }) => (only === undefined || only.includes(name)) && but?.includes(name) !== true);
  }

  /** The exact entries; undefined unless all are there. */
  function named(sources: readonly NamedSource[], mids: readonly MessageId[], query: ArchiveQuery): ArchiveRows {
    const rows = mids.flatMap((mid) =>
      sources.flatMap(({ id, name }) => {
        const row = exactly.get(id, bytesOfMid(mid), ...times(query));
        return row === undefined ? [] : [[name, entryRow(row)] as const];
      }),
    );
    const key = "conversation" in query.of ? (row: EntryRow) => row[0] : (row: EntryRow) => row[2];
    rows.sort(([, a], [, b]) => (key(a) < key(b) ? -1 : 1));
    return { rows: query.fromEnd ? rows.reverse() : rows, count: query.counted ? rows.length : undefined };
  }

  /** One conversation, in the order of its seq. */
  function single(source: NamedSource, query: ArchiveQuery): ArchiveRows {
    const { id, name } = source;
    const seq = (mid: MessageId | undefined, otherwise: number): number =>
      mid === undefined ? otherwise : order.seqOf(id, bytesOfMid(mid))!;
    const { low, high } = midsWithin(query);
    const from =
      query.start === undefined ? 0 : (order.seqAbove(source, bytesOfMid(low)) ?? Number.MAX_SAFE_INTEGER) - 1;
    const to = query.end === undefined ? undefined : order.seqAbove(source, bytesOfMid(high));
    const asked: Ends<number> = {
      low: Math.max(from, seq(query.after, 0)),
      high: Math.min(to ?? Number.MAX_SAFE_INTEGER, seq(query.before, Number.MAX_SAFE_INTEGER)),
    };
    const paged: Ends<number> = {
      low: Math.max(asked.low, seq(query.pageAfter, 0)),
      high: Math.min(asked.high, seq(query.pageBefore, Number.MAX_SAFE_INTEGER)),
    };
    const rows = bySeq[query.fromEnd ? "desc" : "asc"].all(id, paged.low, paged.high, ...times(query), query.limit + 1);
    return {
      rows: rows.map((row) => [name, entryRow(row)] as const),
      count: query.counted ? (countSeq.get(id, asked.low, asked.high, ...times(query)) as number) : undefined,
    };
  }

  /** All direct conversations, in the order of the message ids. */
  function merged(sources: readonly NamedSource[], query: ArchiveQuery): ArchiveRows {
    const { low, high } = midsWithin(query);
    const asked: Ends<MessageId> = {
      low: latest(low, query.after ?? firstMid),
      high: earliest(high, query.before ?? lastMid),
    };
    const paged: Ends<MessageId> = {
      low: latest(asked.low, query.pageAfter ?? firstMid),
      high: earliest(asked.high, query.pageBefore ?? lastMid),
    };
    const wanted = query.limit + 1;
    const ahead = query.fromEnd ? (a: string, b: string) => a > b : (a: string, b: string) => a < b;
    const [lowBytes, highBytes] = [bytesOfMid(paged.low), bytesOfMid(paged.high)];
    const direction = query.fromEnd ? "desc" : "asc";
    // Nothing of this page can come from further back than the conversations whose own first rows lead.
    const leading = sources
      .map((source) => ({ source, first: order.first(source, lowBytes, highBytes, direction) }))
      .filter((one) => one.first !== undefined)
      .sort((a, b) => Buffer.compare(a.first!, b.first!) * (query.fromEnd ? -1 : 1))
      .slice(0, wanted);
    const chunk = Math.max(leastChunk, Math.ceil(wanted / Math.max(1, leading.length)) + 1);
    const heads = leading.map(({ source }) => ({ source, rows: [] as EntryRow[], at: 0, over: false }));
    const refill = (cursor: (typeof heads)[number]): void => {
      if (cursor.over) return;
      const last = cursor.rows.at(-1)?.[2];
      const from = last === undefined || query.fromEnd ? lowBytes : bytesOfMid(last as MessageId);
      const to = last === undefined || !query.fromEnd ? highBytes : bytesOfMid(last as MessageId);
      cursor.rows = between(cursor.source, [from, to], query, chunk);
      cursor.at = 0;
      cursor.over = cursor.rows.length < chunk;
    };
    const rows: (readonly [ConversationId, EntryRow])[] = [];
    heads.forEach(refill);
    while (rows.length < wanted) {
      let best: (typeof heads)[number] | undefined;
      for (const cursor of heads) {
        const row = cursor.rows[cursor.at];
        if (row !== undefined && (best === undefined || ahead(row[2], best.rows[best.at]![2]))) best = cursor;
      }
      if (best === undefined) break;
      rows.push([best.source.name, best.rows[best.at]!]);
      if (++best.at === best.rows.length) refill(best);
    }
    return { rows, count: query.counted ? countMerged(sources, asked, query) : undefined };
  }

  function between({ id, strayed }: Source, [low, high]: MidBounds, query: ArchiveQuery, limit: number): EntryRow[] {
    const direction = query.fromEnd ? "desc" : "asc";
    if (strayed === 1) return byMid[direction].all(id, low, high, ...times(query), limit).map(entryRow);
    const seqs = order.seqsBetween(id, low, high);
    return bySeq[direction].all(id, seqs.low, seqs.high, ...times(query), limit).map(entryRow);
  }

  function countBetween({ id, strayed }: Source, [low, high]: MidBounds, query: ArchiveQuery): number {
    if (strayed === 1) return countMid.get(id, low, high, ...times(query)) as number;
    const seqs = order.seqsBetween(id, low, high);
    return countSeq.get(id, seqs.low, seqs.high, ...times(query)) as number;
  }

  function countMerged(sources: readonly Source[], { low, high }: Ends<MessageId>, query: ArchiveQuery): number {
    const whole = low === firstMid && high === lastMid;
    const ends: MidBounds = [bytesOfMid(low), bytesOfMid(high)];
    const count = whole
      ? (source: Source) => head.get(source.id)! // direct conversations have no holes, and nothing but messages
      : (source: Source) => countBetween(source, ends, query);
    return sources.reduce((sum, source) => sum + count(source), 0);
  }

  const archive = db.transaction((query: ArchiveQuery): ArchiveRows | undefined => {
    const sources = sourcesOf(query);
    const known = (mid: MessageId): boolean => {
      const bytes = bytesOfMid(mid);
      return sources.some(({ id }) => order.seqOf(id, bytes) !== undefined);
    };
    if (!midsOf(query).every(known)) return undefined;
    if (query.ids !== undefined) return named(sources, query.ids, query);
    if (!("conversation" in query.of)) return merged(sources, query);
    return sources[0] === undefined ? { rows: [], count: query.counted ? 0 : undefined } : single(sources[0], query);
  });
  return { archive: (query: ArchiveQuery): ArchiveRows | undefined => archive(query) };
}
