// Logs read as an archive.
import type { Envelope } from "../../model/event.ts";
import type { ConversationId, MessageId } from "../../model/ids.ts";
import {
  type ArchivePage,
  type ArchiveQuery,
  earliest,
  firstMid,
  lastMid,
  latest,
  midsOf,
  midsWithin,
  pageOf,
  unarchived,
} from "../archive.ts";
import { entryColumns, entryJoins, noneOf } from "../entry-columns.ts";
import { both } from "../pages.ts";
import type { Connection, Statement } from "./connection.ts";
import { envelopeOfRow, type EntryRow } from "./entry-rows.ts";
import { conversationId, nameId } from "./keys.ts";
import { fromText, toText } from "./text.ts";

/** $1 the account, $2 only these conversations, $3 all but these. */
const directs = `
  members p join conversations c on c.id = p.conversation and c.one is not null
    and p.account = ${nameId("$1")}
    and ($2::text[] is null or c.name = any ($2)) and ($3::text[] is null or c.name <> all ($3))`;
const archived = noneOf(unarchived);
/** $4 and $5 ids, $6 and $7 times. */
const withinMids = `e.mid > $4 and e.mid < $5 and e.at >= $6 and e.at <= $7 and ${archived}`;
/** $1 the conversation, $2 and $3 seqs, $4 and $5 times. */
const withinSeqs = `
  e.conversation = ${conversationId("$1")} and e.seq > $2 and e.seq < $3 and e.at >= $4 and e.at <= $5 and ${archived}`;

const merged = both((order) => ({
  name: `archive_merged_${order}`,
  text: `
    select c.name, ${entryColumns} from ${directs}
    cross join lateral (
      select e.* from entries e where e.conversation = c.id and ${withinMids} order by e.mid ${order} limit $8
    ) e ${entryJoins}
    order by e.mid ${order} limit $8`,
}));
const countMerged = {
  name: "archive_count_merged",
  text: `select count(*) from ${directs} join entries e on e.conversation = c.id where ${withinMids}`,
};
const placesMerged = {
  name: "archive_places_merged",
  text: `select e.mid, e.seq from ${directs} join entries e on e.conversation = c.id where e.mid = any ($4::uuid[])`,
};
const namedMerged = {
  name: "archive_named_merged",
  text: `
    select c.name, ${entryColumns} from ${directs} join entries e on e.conversation = c.id ${entryJoins}
    where e.mid = any ($4::uuid[]) order by e.mid`,
};

const single = both((order) => ({
  name: `archive_single_${order}`,
  text: `
    select $1::text, ${entryColumns} from entries e ${entryJoins} where ${withinSeqs} order by e.seq ${order} limit $6`,
}));
const countSingle = { name: "archive_count_single", text: `select count(*) from entries e where ${withinSeqs}` };
const placesSingle = {
  name: "archive_places_single",
  text: `select mid, seq from entries e where conversation = ${conversationId("$1")} and mid = any ($2::uuid[])`,
};
const namedSingle = {
  name: "archive_named_single",
  text: `
    select $1::text, ${entryColumns} from entries e ${entryJoins}
    where e.conversation = ${conversationId("$1")} and e.mid = any ($2::uuid[]) order by e.seq`,
};
const seqFrom = {
  name: "archive_seq_from",
  text: `select seq from entries where conversation = ${conversationId("$1")} and mid > $2 order by mid limit 1`,
};

type Row = [conversation: string, ...EntryRow];

/** Beyond any seq, and any time. */
const endless = 2 ** 31 - 1;

export function archiveReads(connection: Connection) {
  const envelopes = (rows: readonly Row[]): Envelope[] =>
    rows.map(([conversation, ...row]) => envelopeOfRow(fromText(conversation) as ConversationId, row));
  const counted = async (statement: Statement, ...values: readonly unknown[]): Promise<number> =>
    (await connection.rows<[number]>(statement, ...values))[0]![0];
  /** The archive as the first parameters of a statement. */
  const subject = ({ of, only, but }: ArchiveQuery): readonly unknown[] =>
    "conversation" in of
      ? [toText(of.conversation)]
      : [toText(of.account), only?.map(toText) ?? null, but?.map(toText) ?? null];
  const times = ({ start, end }: ArchiveQuery): [number, number] => [
    Math.floor(start ?? 0),
    Math.floor(end ?? Number.MAX_SAFE_INTEGER),
  ];
  const seqAt = async (conversation: unknown, mid: MessageId): Promise<number> =>
    (await connection.rows<[number]>(seqFrom, conversation, mid))[0]?.[0] ?? endless;

  async function ofOne(query: ArchiveQuery, seqs: ReadonlyMap<string, number>): Promise<ArchivePage> {
    const [conversation] = subject(query);
    const seq = (mid: MessageId | undefined, otherwise: number): number =>
      mid === undefined ? otherwise : seqs.get(mid)!;
    const { low, high } = midsWithin(query);
    const from = query.start === undefined ? 0 : (await seqAt(conversation, low)) - 1;
    const to = query.end === undefined ? endless : await seqAt(conversation, high);
    const asked = { low: Math.max(from, seq(query.after, 0)), high: Math.min(to, seq(query.before, endless)) };
    const paged = {
      low: Math.max(asked.low, seq(query.pageAfter, 0)),
      high: Math.min(asked.high, seq(query.pageBefore, endless)),
    };
    const statement = single[query.fromEnd ? "desc" : "asc"];
    const ends = [paged.low, paged.high, ...times(query)];
    const rows = await connection.rows<Row>(statement, conversation, ...ends, query.limit + 1);
    const page = pageOf(envelopes(rows), query);
    if (!query.counted) return page;
    return { ...page, count: await counted(countSingle, conversation, asked.low, asked.high, ...times(query)) };
  }

  async function ofAll(query: ArchiveQuery): Promise<ArchivePage> {
    const { low, high } = midsWithin(query);
    const asked = { low: latest(low, query.after ?? firstMid), high: earliest(high, query.before ?? lastMid) };
    const paged = {
      low: latest(asked.low, query.pageAfter ?? firstMid),
      high: earliest(asked.high, query.pageBefore ?? lastMid),
    };
    const statement = merged[query.fromEnd ? "desc" : "asc"];
    const ends = [paged.low, paged.high, ...times(query)];
    const rows = await connection.rows<Row>(statement, ...subject(query), ...ends, query.limit + 1);
    const page = pageOf(envelopes(rows), query);
    if (!query.counted) return page;
    return { ...page, count: await counted(countMerged, ...subject(query), asked.low, asked.high, ...times(query)) };
  }

  return {
    archive: async (query: ArchiveQuery): Promise<ArchivePage | undefined> => {
      const one = "conversation" in query.of;
      const mids = midsOf(query);
      const places =
        mids.length === 0
          ? []
          : await connection.rows<[MessageId, number]>(one ? placesSingle : placesMerged, ...subject(query), mids);
      if (places.length < mids.length) return undefined;
      if (query.ids !== undefined) {
        const rows = await connection.rows<Row>(one ? namedSingle : namedMerged, ...subject(query), query.ids);
        const page = pageOf(envelopes(query.fromEnd ? rows.toReversed() : rows), query);
        return query.counted ? { ...page, count: rows.length } : page;
      }
      return one ? ofOne(query, new Map(places)) : ofAll(query);
    },
  };
}
