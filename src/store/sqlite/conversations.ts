// The row of each conversation: its number, its head, and whether its members are written.
import type { Database } from "better-sqlite3";
import { WriteBack } from "./write-back.ts";

export interface ConversationRow {
  readonly id: number;
  head: number;
  lastAt: number;
  peopled: number;
}

export type Conversations = WriteBack<ConversationRow>;

export function conversationsOf(db: Database): Conversations {
  const select = db.prepare<[string], ConversationRow>(
    "select id, head, last_at as lastAt, peopled from conversations where name = ?",
  );
  const insert = db
    .prepare<[string, number], number>("insert into conversations (name, peopled) values (?, ?) returning id")
    .pluck();
  const update = db.prepare("update conversations set head = ?, last_at = ?, peopled = ? where id = ?");

  return new WriteBack<ConversationRow>({
    load: (name) => {
      const peopled = name.startsWith("dm:") ? 0 : 1;
      return select.get(name) ?? { id: insert.get(name, peopled)!, head: 0, lastAt: 0, peopled };
    },
    save: (row) => void update.run(row.head, row.lastAt, row.peopled, row.id),
    capacity: 20_000,
  });
}
