// The questions of a device that connects: where it is behind, and what its account talks about.
import type { Database } from "better-sqlite3";
import { kindOf, type DeviceId, type UserId } from "../../model/ids.ts";
import { headOf, lastAtOf } from "./conversations.ts";
import type { Backlog, ConversationState, MemberMarks } from "../store.ts";

type Listed = Omit<ConversationState, "marks"> & { readonly id: number };

export function backlogReads(db: Database) {
  const backlog = db.prepare<[DeviceId, UserId], Backlog>(`
    select c.name as conversation, coalesce(k.seq, m.delivered, 0) as after, ${headOf} as head
    from names u
    join members p on p.user = u.id and p.joined
    join conversations c on c.id = p.conversation
    left join cursors k
      on k.user = u.id and k.device = (select id from names where name = ?) and k.conversation = c.id
    left join marks m on m.conversation = c.id and m.user = u.id
    where u.name = ? and ${headOf} > coalesce(k.seq, m.delivered, 0)`);
  const latest = db.prepare<[UserId, number], Listed>(`
    select c.id, c.name as conversation, ${headOf} as head, ${lastAtOf} as lastAt
    from names u
    join members p on p.user = u.id and p.joined
    join conversations c on c.id = p.conversation
    where u.name = ?
    order by lastAt desc
    limit ?`);
  const marks = db.prepare<[number], MemberMarks>(`
    select u.name as user, m.delivered, m.read, m.at from marks m join names u on u.id = m.user where m.conversation = ?`);
  const ownMarks = db.prepare<[number, UserId], MemberMarks>(`
    select u.name as user, m.delivered, m.read, m.at from names u join marks m on m.conversation = ? and m.user = u.id
    where u.name = ?`);

  const conversations = db.transaction((user: UserId, limit: number): readonly ConversationState[] =>
    latest.all(user, limit).map(({ id, conversation, head, lastAt }) => ({
      conversation,
      head,
      lastAt,
      marks: kindOf(conversation) === "direct" ? marks.all(id) : ownMarks.all(id, user),
    })),
  );

  return {
    backlog: (user: UserId, device: DeviceId): readonly Backlog[] => backlog.all(device, user),
    conversations: (user: UserId, limit: number): readonly ConversationState[] => conversations(user, limit),
  };
}
