// The full-text index (FTS5): written behind the log in slices, and asked.
import type { Database } from "better-sqlite3";
import type { ConversationId, MessageId } from "../../model/ids.ts";
import { wordsOf } from "../../model/words.ts";
import { conversationWord, namedBound, type SearchQuery, type Slice, tailBound } from "../search.ts";
import { entryColumns, entryJoins } from "../entry-columns.ts";
import { both } from "../pages.ts";
import { bytesOfMid, entryRow, type EntryRow } from "./entry-rows.ts";

const sliceSize = 500;
/** Words of about so many units go in at once. */
const textBound = 1 << 20;

/** To be called within a transaction. */
export function searchWrites(db: Database) {
  const progress = db.prepare<[], number>("select indexed_to from search_progress").pluck();
  const setProgress = db.prepare("update search_progress set indexed_to = ?");
  const entries = db.prepare("select id, conversation, body from entries where id > ? order by id limit ?").raw();
  // One statement for the slice: in a row's own, a sixth is the way into it and back (bench: xmpp-chat).
  const put = db.prepare("insert into search (rowid, words) select cast(key as integer), value from json_each(?)");
  return {
    index: (): Slice => {
      const startedAt = performance.now();
      const rows = entries.all(progress.get()!, sliceSize) as [id: number, conversation: number, body: string | null][];
      // Words are letters and digits: JSON has them as they are.
      let found = "";
      for (const [id, conversation, body] of rows) {
        if (body === null) continue;
        found += `${found === "" ? "{" : ","}"${id}":"${conversationWord(conversation)} ${wordsOf(body).join(" ")}"`;
        if (found.length < textBound) continue;
        put.run(`${found}}`);
        found = "";
      }
      if (found !== "") put.run(`${found}}`);
      if (rows.length > 0) setProgress.run(rows.at(-1)![0]);
      return { entries: rows.length, ms: performance.now() - startedAt };
    },
  };
}

type Row = readonly [ConversationId, EntryRow];

export interface FoundRows {
  /** Both as the query's `fromEnd` says. */
  readonly found: readonly Row[];
  readonly tail: readonly Row[];
}

export function searchReads(db: Database) {
  const progress = db.prepare<[], number>("select indexed_to from search_progress").pluck();
  const newest = db.prepare<[], number | null>("select max(id) from entries").pluck();
  const one = db.prepare<[ConversationId], number>("select id from conversations where name = ?").pluck();
  const mine = db
    .prepare<[string], number>(
      "select m.conversation from names u join members m on m.user = u.id where u.name = ? and m.joined = 1",
    )
    .pluck();
  const idOf = db
    .prepare<[number, Buffer], number>("select id from entries where conversation = ? and mid = ?")
    .pluck();
  const select = `select e.conversation, c.name, ${entryColumns}`;
  const joins = `${entryJoins} join conversations c on c.id = e.conversation`;
  // What is left of an entry that was taken back has no body.
  const indexed = both((order) => db.prepare(`${select} from search s join entries e on e.id = s.rowid ${joins}
    where search match ? and s.rowid > ? and s.rowid < ? and e.body is not null order by s.rowid ${order}`).raw()); // prettier-ignore
  const unindexed = both((order) => db.prepare(`${select} from entries e ${joins}
    where e.id > ? and e.id < ? and e.body is not null order by e.id ${order}`).raw()); // prettier-ignore

  function place(conversations: readonly number[], mid: MessageId): number | undefined {
    const bytes = bytesOfMid(mid);
    for (const conversation of conversations) {
      const id = idOf.get(conversation, bytes);
      if (id !== undefined) return id;
    }
    return undefined;
  }

  const search = db.transaction((query: SearchQuery): FoundRows | undefined => {
    const { of, after, before, limit } = query;
    const conversations = "conversation" in of ? one.all(of.conversation) : mine.all(of.account);
    const low = after === undefined ? 0 : place(conversations, after);
    const high = before === undefined ? Number.MAX_SAFE_INTEGER : place(conversations, before);
    if (low === undefined || high === undefined) return undefined;
    if (conversations.length === 0) return { found: [], tail: [] };

    const order = query.fromEnd ? "desc" : "asc";
    const among = new Set(conversations);
    const match = matchOf(query.words, conversations);
    const from = Math.max(low, progress.get()!, (newest.get() ?? 0) - tailBound);
    return {
      found: rowsOf(indexed[order].iterate(match, low, high), among, limit),
      tail: rowsOf(unindexed[order].iterate(from, high), among, tailBound),
    };
  });
  /** Undefined when the query leans on an entry that is not there. */
  return { search: (query: SearchQuery): FoundRows | undefined => search(query) };
}

function rowsOf(rows: IterableIterator<unknown>, among: ReadonlySet<number>, limit: number): readonly Row[] {
  const page: Row[] = [];
  for (const raw of rows) {
    const [conversation, name, ...row] = raw as [number, ConversationId, ...EntryRow];
    if (among.has(conversation)) page.push([name, entryRow(row)]);
    if (page.length === limit) break;
  }
  return page;
}

/** FTS5's words for it. A word holds nothing but letters and digits, so that quotes are safe. */
function matchOf(words: readonly string[], conversations: readonly number[]): string {
  const asked = words.map((word) => (word.endsWith("*") ? `"${word.slice(0, -1)}"*` : `"${word}"`));
  if (conversations.length > namedBound) return asked.join(" AND ");
  const where = conversations.map((id) => `"${conversationWord(id)}"`).join(" OR ");
  return [`(${where})`, ...asked].join(" AND ");
}
