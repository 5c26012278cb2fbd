// Questions about logs.
import type { Database } from "better-sqlite3";
import type { ConversationId, OriginId, UserId } from "../../model/ids.ts";
import { entryColumns, entryJoins, entryRow, type EntryRow } from "./entry-rows.ts";

export function logReads(db: Database) {
  const select = `select ${entryColumns} from entries e ${entryJoins}`;
  const idOf = "(select id from conversations where name = ?)";
  const read = db.prepare(`${select} where e.conversation = ${idOf} and e.seq > ? order by e.seq limit ?`).raw();
  const before = db.prepare(`${select} where e.conversation = ${idOf} and e.seq < ? order by e.seq desc limit ?`).raw();
  const head = db.prepare<[ConversationId], number>("select head from conversations where name = ?").pluck();
  const authorId = "(select id from names where name = ?)";
  const byOrigin = db
    .prepare(`${select} where e.conversation = ${idOf} and e.author = ${authorId} and e.origin = ?`)
    .raw();
  const byHeld = db.prepare(`
    select ${entryColumns} from held_origins h
    join entries e on e.conversation = h.conversation and e.seq = h.seq ${entryJoins}
    where h.conversation = ${idOf} and h.author = ${authorId} and h.origin = ?`).raw(); // prettier-ignore

  return {
    read: (conversation: ConversationId, after: number, limit: number): EntryRow[] =>
      read.all(conversation, after, limit).map(entryRow),
    readBefore: (conversation: ConversationId, seq: number, limit: number): EntryRow[] =>
      before.all(conversation, seq, limit).map(entryRow).reverse(),
    heads: (conversations: readonly ConversationId[]): number[] => conversations.map((one) => head.get(one) ?? 0),
    find: (conversation: ConversationId, author: UserId, originId: OriginId): EntryRow | undefined => {
      const found = byOrigin.get(conversation, author, originId) ?? byHeld.get(conversation, author, originId);
      return found === undefined ? undefined : entryRow(found);
    },
  };
}
