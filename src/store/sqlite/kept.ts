// Logs of topics: listed, and shortened from their beginning.
import type { Database } from "better-sqlite3";
import type { ConversationId } from "../../model/ids.ts";
import { lastPruned, type PruneBounds, type TopicLog } from "../kept.ts";
import { headOf } from "./conversations.ts";

export function keptReads(db: Database) {
  const page = db.prepare<[string, number], TopicLog>(`
    select c.name as conversation, e.seq as first, e.at as firstAt, ${headOf} as head
    from conversations c join entries e on e.conversation = c.id
      and e.seq = (select min(seq) from entries where conversation = c.id)
    where c.name > ? and c.name >= 'topic:' and c.name < 'topic;' order by c.name limit ?`);
  return { topicPage: (last: string, limit: number): TopicLog[] => page.all(last, limit) };
}

/** To be called within a transaction. */
export function keptWrites(db: Database) {
  const find = db.prepare<[ConversationId], { id: number; head: number }>(
    `select c.id, ${headOf} as head from conversations c where c.name = ?`,
  );
  const front = db.prepare<[number, number], { seq: number; at: number }>(
    "select seq, at from entries where conversation = ? order by seq limit ?",
  );
  const remove = [
    "delete from held_origins where conversation = ? and seq <= ?",
    "delete from origins where conversation = ? and seq <= ?",
    "delete from search where rowid in (select id from entries where conversation = ? and seq <= ?)",
    "delete from entries where conversation = ? and seq <= ?",
  ].map((sql) => db.prepare<[number, number]>(sql));
  return {
    prune: (conversation: ConversationId, bounds: PruneBounds): number => {
      const log = find.get(conversation);
      if (log === undefined) return 0;
      const last = lastPruned(front.all(log.id, bounds.limit), log.head, bounds);
      if (last === 0) return 0;
      let removed = 0;
      for (const statement of remove) removed = statement.run(log.id, last).changes;
      return removed;
    },
  };
}
