// The full-text index: written behind the log in slices, and asked.
import type { Envelope } from "../../model/event.ts";
import type { ConversationId, MessageId } from "../../model/ids.ts";
import { firstMid, lastMid } from "../../model/uuid.ts";
import { wordsOf } from "../../model/words.ts";
import { conversationWord, joined, namedBound, type SearchQuery, type Slice, tailBound } from "../search.ts";
import { entryColumns, entryJoins } from "../entry-columns.ts";
import type { Connection, Database, Statement } from "./connection.ts";
import { envelopeOfRow, type EntryRow } from "./entry-rows.ts";
import { conversationId, nameId } from "./keys.ts";
import { fromText, toJson, toText } from "./text.ts";

const sliceSize = 500;

const due = {
  name: "search_due",
  text: `
    select e.conversation, e.seq, e.mid, e.body
    from (select conversation from search_due limit 100) d
    left join search_positions p on p.conversation = d.conversation
    cross join lateral (
      select conversation, seq, mid, body from entries
      where conversation = d.conversation and seq > coalesce(p.seq, 0) order by seq limit $1
    ) e
    limit $1`,
};
const put = {
  name: "search_put",
  text: `
    with one as materialized (
      select * from json_to_recordset($1) as o(conversation bigint, seq integer, mid uuid, words text[])
    ), entered as (
      insert into search_index (conversation, seq, mid, words)
      select conversation, seq, mid, array_to_tsvector(words) from one where words is not null
      on conflict do nothing
    )
    insert into search_positions as p (conversation, seq)
    select conversation, max(seq) from one group by conversation order by conversation
    on conflict (conversation) do update set seq = greatest(p.seq, excluded.seq)`,
};
// Whoever moves a head holds the lock on its conversation until it has noted that it is due: with the lock, and a look
// after it, a conversation whose position is at its head is not due. Locks in the order in which commits take them.
const lock = {
  name: "search_lock",
  text: `
    select id from conversations where id in (
      select c.id from search_due d
      join conversations c on c.id = d.conversation
      join search_positions p on p.conversation = c.id and p.seq >= c.head
      limit 100)
    order by id for update`,
};
const settle = {
  name: "search_settle",
  text: `
    delete from search_due d using conversations c, search_positions p
    where d.conversation = any ($1) and c.id = d.conversation and p.conversation = c.id and p.seq >= c.head`,
};

const one = { name: "search_one", text: `select ${conversationId("$1")} as id` };
const mine = {
  name: "search_mine",
  text: `select conversation as id from members where account = ${nameId("$1")} and joined`,
};
const place = {
  name: "search_place",
  text: "select seq from entries where conversation = any ($1) and mid = $2 limit 1",
};

// What is left of an entry that was taken back has no body.
const columns = `c.name, ${entryColumns}`;
const joins = `${entryJoins} join conversations c on c.id = e.conversation`;
const found = `
  select ${columns} from search_index s
  join entries e on e.conversation = s.conversation and e.seq = s.seq ${joins}
  where s.words @@ $5::tsquery and s.conversation = any ($1) and e.body is not null`;
const tail = `
  select ${columns} from search_due w
  left join search_positions p on p.conversation = w.conversation
  join entries e on e.conversation = w.conversation and e.seq > coalesce(p.seq, 0) ${joins}
  where w.conversation = any ($1) and e.body is not null`;

/** One conversation is read in the order of its seq, several in that of the message ids. */
function statement(name: string, text: string, { of, fromEnd }: SearchQuery) {
  const key = "conversation" in of ? "seq" : "mid";
  const order = fromEnd ? "desc" : "asc";
  return {
    name: `${name}_${key}_${order}`,
    text: `${text} and e.${key} > $2 and e.${key} < $3 order by e.${key} ${order} limit $4`,
  };
}

const ends = { seq: [0, 2 ** 31 - 1], mid: [firstMid, lastMid] } as const;

export async function searchIn(database: Database, query: SearchQuery): Promise<readonly Envelope[] | undefined> {
  const { of, after, before, limit } = query;
  const single = "conversation" in of;
  const rows = await database.ask<{ id: number | null }>(
    single ? one : mine,
    toText(single ? of.conversation : of.account),
  );
  const conversations = rows.flatMap(({ id }) => id ?? []);
  const placeOf = async (mid: MessageId | undefined, otherwise: number | MessageId) => {
    if (mid === undefined) return otherwise;
    const [row] = await database.ask<{ seq: number }>(place, conversations, mid);
    return single || row === undefined ? row?.seq : mid;
  };
  const low = await placeOf(after, ends[single ? "seq" : "mid"][0]);
  const high = await placeOf(before, ends[single ? "seq" : "mid"][1]);
  if (low === undefined || high === undefined) return undefined;
  if (conversations.length === 0) return [];
  // The tail first: what is indexed meanwhile is then found twice rather than not at all.
  const late = await read(database, statement("search_tail", tail, query), conversations, low, high, tailBound);
  const match = matchOf(query.words, conversations);
  const early = await read(database, statement("search", found, query), conversations, low, high, limit, match);
  return joined(early, late, query);
}

async function read(
  connection: Connection,
  ...asked: readonly [Statement, ...unknown[]]
): Promise<readonly Envelope[]> {
  const rows = await connection.rows<[string, ...EntryRow]>(...asked);
  return rows.map(([name, ...row]) => envelopeOfRow(fromText(name) as ConversationId, row));
}

/** A word holds nothing but letters and digits, so that quotes are safe. */
function matchOf(words: readonly string[], conversations: readonly number[]): string {
  const asked = words.map((word) => (word.endsWith("*") ? `'${word.slice(0, -1)}':*` : `'${word}'`));
  if (conversations.length > namedBound) return asked.join(" & ");
  return [`(${conversations.map((id) => `'${conversationWord(id)}'`).join(" | ")})`, ...asked].join(" & ");
}

interface Due {
  readonly conversation: number;
  readonly seq: number;
  readonly mid: string;
  readonly body: string | null;
}

/** The next slice of the index; several nodes may do the same at once. */
export async function indexNext(database: Database): Promise<Slice> {
  const startedAt = performance.now();
  const rows = await database.ask<Due>(due, sliceSize);
  const entries = rows.map(({ conversation, seq, mid, body }) => ({
    conversation,
    seq,
    mid,
    words: body === null ? null : [conversationWord(conversation), ...wordsOf(fromText(body))],
  }));
  if (entries.length > 0) await database.ask(put, toJson(entries));
  await database.transaction(async (connection) => {
    const locked = await connection.ask<{ id: number }>(lock);
    await connection.ask(settle, locked.map(({ id }) => id)); // prettier-ignore
  });
  return { entries: entries.length, ms: performance.now() - startedAt };
}
