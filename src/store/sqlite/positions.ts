// How far devices and accounts have come: cursors and marks.
import type { Database } from "better-sqlite3";
import type { ConversationId, DeviceId, UserId } from "../../model/ids.ts";
import type { MarkMove } from "../marks.ts";
import type { CursorAdvance, MemberMarks } from "../store.ts";
import type { Conversations } from "./conversations.ts";
import type { Names } from "./names.ts";

export function positionWrites(db: Database, names: Names, conversations: Conversations) {
  const advance = db.prepare(`
    insert into cursors (user, device, conversation, seq) values (?, ?, ?, ?)
    on conflict do update set seq = excluded.seq where excluded.seq > seq`);
  const mark = db.prepare(`
    insert into marks (conversation, user, delivered, read, at) values (?, ?, ?, ?, ?)
    on conflict do update
    set delivered = max(delivered, excluded.delivered), read = max(read, excluded.read), at = excluded.at
    where excluded.delivered > delivered or excluded.read > read`);

  return {
    advance: (to: CursorAdvance): void =>
      void advance.run(names.of(to.user), names.of(to.device), conversations.get(to.conversation).id, to.seq),
    mark: (to: MarkMove): void =>
      void mark.run(conversations.get(to.conversation).id, names.of(to.user), to.delivered, to.read, to.at),
  };
}

export function positionReads(db: Database) {
  const cursor = db.prepare<[number | null, number | null, ConversationId, UserId, DeviceId], number>(`
    select coalesce(k.seq, case when ? is null then m.delivered else (
      select e.seq from entries e where e.conversation = q.conversation and e.seq <= m.delivered and e.at < ?
      order by e.seq desc limit 1) end, 0)
    from (select (select id from conversations where name = ?) as conversation, (select id from names where name = ?) as user) q
    left join cursors k
      on k.user = q.user and k.device = (select id from names where name = ?) and k.conversation = q.conversation
    left join marks m on m.conversation = q.conversation and m.user = q.user`).pluck(); // prettier-ignore
  const marks = db.prepare<[ConversationId], MemberMarks>(`
    select u.name as user, m.delivered, m.read, m.at
    from conversations c join marks m on m.conversation = c.id join names u on u.id = m.user
    where c.name = ?`);

  return {
    cursor: (user: UserId, device: DeviceId, conversation: ConversationId, since: number | null = null): number =>
      cursor.get(since, since, conversation, user, device) ?? 0,
    marks: (conversation: ConversationId): readonly MemberMarks[] => marks.all(conversation),
  };
}
