// The row of each conversation: its number, its head, and whether its members are written.
import type { Database } from "better-sqlite3";
import { WriteBack } from "./write-back.ts";

export interface ConversationRow {
  readonly id: number;
  head: number;
  lastAt: number;
  peopled: number;
  /** The greatest message id, 16 bytes; until one is below it. */
  readonly latestMid: Buffer;
  strayed: number;
}

export type Conversations = WriteBack<ConversationRow>;

/** The head of conversation `c`: from the index, so that a message does not also have to write its conversation. */
export const headOf = "coalesce((select max(seq) from entries where conversation = c.id), 0)";
export const lastAtOf = "coalesce((select at from entries where conversation = c.id order by seq desc limit 1), 0)";

export function conversationsOf(db: Database): Conversations {
  const select = db.prepare<[string], ConversationRow & { latestMid: Buffer | null }>(`
    select c.id, ${headOf} as head, ${lastAtOf} as lastAt, c.peopled, c.strayed,
      (select mid from entries where conversation = c.id order by seq desc limit 1) as latestMid
    from conversations c where c.name = ?`);
  const insert = db
    .prepare<[string, number], number>("insert into conversations (name, peopled) values (?, ?) returning id")
    .pluck();
  const update = db.prepare("update conversations set peopled = ?, strayed = ? where id = ?");

  return new WriteBack<ConversationRow>({
    load: (name) => {
      const peopled = name.startsWith("dm:") ? 0 : 1;
      const row = select.get(name);
      if (row !== undefined) return { ...row, latestMid: row.latestMid ?? Buffer.alloc(16) };
      const id = insert.get(name, peopled)!;
      return { id, head: 0, lastAt: 0, peopled, latestMid: Buffer.alloc(16), strayed: 0 };
    },
    save: (row) => void update.run(row.peopled, row.strayed, row.id),
    capacity: 20_000,
  });
}
