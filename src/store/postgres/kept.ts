// Logs of topics: listed, and shortened from their beginning.
import type { ConversationId } from "../../model/ids.ts";
import { type KeptLogs, lastPruned, type PruneBounds, type TopicLog } from "../kept.ts";
import { pages } from "../pages.ts";
import type { Database } from "./connection.ts";
import { conversationId } from "./keys.ts";
import { fromText, toText } from "./text.ts";

const page = {
  name: "topic_logs",
  text: `
    select c.id, c.name as conversation, e.seq as first, e.at as "firstAt", c.head
    from conversations c
    cross join lateral (select seq, at from entries where conversation = c.id order by seq limit 1) e
    where c.name like 'topic:%' and c.id > $1 order by c.id limit $2`,
};
// The head must not move meanwhile; the lock comes first, as in a commit.
const lock = {
  name: "prune_lock",
  text: `select id, head from conversations where id = ${conversationId("$1")} for update`,
};
const front = {
  name: "prune_front",
  text: "select seq, at from entries where conversation = $1 order by seq limit $2",
};
const remove = [
  "delete from held_origins where conversation = $1 and seq <= $2",
  "delete from search_index where conversation = $1 and seq <= $2",
  `insert into search_positions as p (conversation, seq) values ($1, $2)
   on conflict (conversation) do update set seq = greatest(p.seq, excluded.seq)`,
  "delete from entries where conversation = $1 and seq <= $2 returning 1 as one",
].map((text, at) => ({ name: `prune_${at}`, text }));

type Row = TopicLog & { readonly id: number };

export function keptOf(database: Database): KeptLogs {
  return {
    topicLogs: () =>
      pages<Row>(async (last, limit) =>
        (await database.ask<Row>(page, last?.id ?? 0, limit)).map((row) => ({
          ...row,
          conversation: fromText(row.conversation) as ConversationId,
        })),
      ),
    prune: (conversation: ConversationId, bounds: PruneBounds): Promise<number> =>
      database.transaction(async (connection) => {
        const [log] = await connection.ask<{ id: number; head: number }>(lock, toText(conversation));
        if (log === undefined) return 0;
        const first = await connection.ask<{ seq: number; at: number }>(front, log.id, bounds.limit);
        const last = lastPruned(first, log.head, bounds);
        if (last === 0) return 0;
        let removed: readonly unknown[] = [];
        for (const statement of remove) removed = await connection.ask(statement, log.id, last);
        return removed.length;
      }),
  };
}
