// Rooms and their members.
import type { Database } from "better-sqlite3";
import type { Affiliation, Member, Room } from "../../model/conversation.ts";
import type { ConversationId, UserId } from "../../model/ids.ts";
import type { Conversations } from "./conversations.ts";
import type { Names } from "./names.ts";

export function roomWrites(db: Database, names: Names, conversations: Conversations) {
  const create = db.prepare("insert into rooms values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing");
  const update = db.prepare("update rooms set title = ?, open = ?, listed = ? where conversation = ?");
  const remove = db.prepare("delete from rooms where conversation = ?");
  const isJoined = db
    .prepare<[number, number], number>("select joined from members where user = ? and conversation = ?")
    .pluck();
  const put = db.prepare(
    "insert or replace into members (user, conversation, affiliation, joined) values (?, ?, ?, ?)",
  );
  const leave = db.prepare("delete from members where user = ? and conversation = ?");
  const startAtHead = db.prepare(`
    insert into marks (conversation, user, delivered, read, at) values (?, ?, ?, 0, ?)
    on conflict do update set delivered = excluded.delivered, at = excluded.at where excluded.delivered > delivered`);
  const forgetCursors = db.prepare("delete from cursors where user = ? and conversation = ?");
  const removeLog = [
    // Cursors are found by their user; those of strangers to the room stay, under a number that is never used again.
    `delete from cursors where conversation = @id and user in
       (select user from members where conversation = @id union select user from marks where conversation = @id)`,
    "delete from members where conversation = @id",
    "delete from marks where conversation = @id",
    "delete from held_origins where conversation = @id",
    "delete from origins where conversation = @id",
    "delete from search where rowid in (select id from entries where conversation = @id)",
    "delete from entries where conversation = @id",
    "delete from conversations where id = @id",
  ].map((sql) => db.prepare<{ id: number }>(sql));

  function putMember(id: ConversationId, user: UserId, affiliation: Affiliation, joined: boolean): void {
    const conversation = conversations.get(id);
    const member = names.of(user);
    const joins = joined && isJoined.get(member, conversation.id) !== 1;
    if (affiliation === "none" && !joined) leave.run(member, conversation.id);
    else put.run(member, conversation.id, affiliation, joined ? 1 : 0);
    if (!joins) return;
    if (conversation.head > 0) startAtHead.run(conversation.id, member, conversation.head, conversation.lastAt);
    forgetCursors.run(member, conversation.id);
  }

  return {
    putMember,
    createRoom: (room: Room, owner: UserId): boolean => {
      const { id, title, open, listed, createdAt, createdBy } = room;
      const host = id.slice(id.lastIndexOf("@") + 1);
      const conversation = conversations.get(id).id;
      const { changes } = create.run(conversation, host, title, open ? 1 : 0, listed ? 1 : 0, createdAt, createdBy);
      if (changes === 0) return false;
      putMember(id, owner, "owner", true);
      return true;
    },
    updateRoom: ({ id, title, open, listed }: Room): void =>
      void update.run(title, open ? 1 : 0, listed ? 1 : 0, conversations.get(id).id),
    removeRoom: (id: ConversationId): boolean => {
      const conversation = conversations.get(id).id;
      if (remove.run(conversation).changes === 0) return false;
      for (const statement of removeLog) statement.run({ id: conversation });
      conversations.clear();
      return true;
    },
  };
}

interface RoomRow {
  readonly id: ConversationId;
  readonly title: string;
  readonly open: number;
  readonly listed: number;
  readonly createdAt: number;
  readonly createdBy: UserId;
}

interface MemberRow {
  readonly user: UserId;
  readonly affiliation: Affiliation;
  readonly joined: number;
}

export function roomReads(db: Database) {
  const select = `
    select c.name as id, r.title, r.open, r.listed, r.created_at as createdAt, r.created_by as createdBy
    from rooms r join conversations c on c.id = r.conversation`;
  const room = db.prepare<[ConversationId], RoomRow>(`${select} where c.name = ?`);
  const rooms = db.prepare<[string, number], RoomRow>(`${select} where r.host = ? order by c.name limit ?`);
  const members = db.prepare<[ConversationId], MemberRow>(`
    select u.name as user, m.affiliation, m.joined
    from conversations c join members m on m.conversation = c.id join names u on u.id = m.user
    where c.name = ?`);
  const member = db.prepare<[UserId, ConversationId], MemberRow>(`
    select u.name as user, m.affiliation, m.joined
    from names u join members m on m.user = u.id
    where u.name = ? and m.conversation = (select id from conversations where name = ?)`);

  return {
    room: (id: ConversationId): Room | undefined => {
      const row = room.get(id);
      return row === undefined ? undefined : roomOfRow(row);
    },
    rooms: (host: string, limit: number): readonly Room[] => rooms.all(host, limit).map(roomOfRow),
    member: (id: ConversationId, user: UserId): Member | undefined => {
      const row = member.get(user, id);
      return row === undefined ? undefined : { ...row, joined: row.joined === 1 };
    },
    members: (id: ConversationId): readonly Member[] =>
      members.all(id).map((row) => ({ ...row, joined: row.joined === 1 })),
  };
}

function roomOfRow(row: RoomRow): Room {
  return { ...row, open: row.open === 1, listed: row.listed === 1 };
}
