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

/** The head of conversation `c`: from the index, so that a message does not also have to write its conversation. */
export const headOf = "coalesce((select max(seq) from entries where conversation = c.id), 0)";
export const lastAtOf = "coalesce((select at from entries where conversation = c.id order by seq desc limit 1), 0)";

export function conversationsOf(db: Database): Conversations {
  const select = db.prepare<[string], ConversationRow>(
    `select c.id, ${headOf} as head, ${lastAtOf} as lastAt, c.peopled from conversations c where c.name = ?`,
  );
  const insert = db
    .prepare<[string, number], number>("insert into conversations (name, peopled) values (?, ?) returning id")
    .pluck();
  const update = db.prepare("update conversations set peopled = ? where id = ?");

  return new WriteBack<ConversationRow>({
    load: (name) => {
      const peopled = name.startsWith("dm:") ? 0 : 1;
      return select.get(name) ?? { id: insert.get(name, peopled)!, head: 0, lastAt: 0, peopled };
    },
    save: (row) => void update.run(row.peopled, row.id),
    capacity: 20_000,
  });
}
