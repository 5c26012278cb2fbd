// Questions about logs.
import type { Database } from "better-sqlite3";
import type { ConversationId, MessageId } from "../../model/ids.ts";
import { entryColumns, entryJoins } from "../entry-columns.ts";
import { pinned } from "../pins.ts";
import { headOf } from "./conversations.ts";
import { bytesOfMid, entryRow, type EntryRow } from "./entry-rows.ts";

export function logReads(db: Database) {
  const select = `select ${entryColumns} from entries e ${entryJoins}`;
  const idOf = "(select id from conversations where name = ?)";
  const read = db.prepare(`${select} where e.conversation = ${idOf} and e.seq > ? order by e.seq limit ?`).raw();
  const before = db.prepare(`${select} where e.conversation = ${idOf} and e.seq < ? order by e.seq desc limit ?`).raw();
  const byMid = db.prepare(`${select} where e.mid = ? and e.conversation = ${idOf}`).raw();
  const pins = db.prepare(`${select} where e.conversation = ${idOf} and ${pinned("json_extract(e.relation, '$.pinned')", "1")} order by e.seq limit ?`).raw(); // prettier-ignore
  const head = db.prepare<[ConversationId], number>(`select ${headOf} from conversations c where c.name = ?`).pluck();
  return {
    read: (conversation: ConversationId, after: number, limit: number): EntryRow[] =>
      read.all(conversation, after, limit).map(entryRow),
    readBefore: (conversation: ConversationId, seq: number, limit: number): EntryRow[] =>
      before.all(conversation, seq, limit).map(entryRow).reverse(),
    entry: (conversation: ConversationId, mid: MessageId): EntryRow | undefined => {
      const row = byMid.get(bytesOfMid(mid), conversation);
      return row === undefined ? undefined : entryRow(row);
    },
    pins: (conversation: ConversationId, limit: number): EntryRow[] => pins.all(conversation, limit).map(entryRow),
    heads: (conversations: readonly ConversationId[]): number[] => conversations.map((one) => head.get(one) ?? 0),
  };
}
