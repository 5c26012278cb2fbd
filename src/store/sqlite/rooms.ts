// Rooms and their members.
import type { Database } from "better-sqlite3";
import type { Affiliation, Member, Room, RoomSettings } from "../../model/conversation.ts";
import type { ConversationId, UserId } from "../../model/ids.ts";
import type { Conversations } from "./conversations.ts";
import type { Names } from "./names.ts";

export function roomWrites(db: Database, names: Names, conversations: Conversations) {
  const create = db.prepare("insert into rooms values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing");
  const update = db.prepare("update rooms set title = ?, open = ?, listed = ?, settings = ? where conversation = ?");
  const remove = db.prepare("delete from rooms where conversation = ?");
  const isJoined = db
    .prepare<[number, number], number>("select joined from members where user = ? and conversation = ?")
    .pluck();
  const put = db.prepare(`
    insert into members (user, conversation, affiliation, joined, nick, reason) values (?, ?, ?, ?, ?, ?)
    on conflict do update
    set affiliation = excluded.affiliation, joined = excluded.joined, nick = coalesce(excluded.nick, nick),
      reason = excluded.reason`);
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

  function putMember(id: ConversationId, { user, affiliation, joined, nick, reason }: Member): void {
    const conversation = conversations.get(id);
    const member = names.of(user);
    const joins = joined && isJoined.get(member, conversation.id) !== 1;
    if (affiliation === "none" && !joined) leave.run(member, conversation.id);
    else put.run(member, conversation.id, affiliation, joined ? 1 : 0, nick, reason);
    if (!joins) return;
    if (conversation.head > 0) startAtHead.run(conversation.id, member, conversation.head, conversation.lastAt);
    forgetCursors.run(member, conversation.id);
  }

  return {
    putMember: (
      id: ConversationId,
      user: UserId,
      affiliation: Affiliation,
      joined: boolean,
      more?: Pick<Member, "nick" | "reason">,
    ): void => putMember(id, { user, affiliation, joined, ...more }),
    createRoom: (room: Room, owner: UserId): boolean => {
      const { id, title, open, listed, createdAt, createdBy, settings } = room;
      const host = id.slice(id.lastIndexOf("@") + 1);
      const conversation = conversations.get(id).id;
      const kept = settings && JSON.stringify(settings);
      const flags = [open ? 1 : 0, listed ? 1 : 0];
      const { changes } = create.run(conversation, host, title, ...flags, createdAt, createdBy, kept);
      if (changes === 0) return false;
      putMember(id, { user: owner, affiliation: "owner", joined: true });
      return true;
    },
    updateRoom: ({ id, title, open, listed, settings }: Room): void => {
      const kept = settings && JSON.stringify(settings);
      update.run(title, open ? 1 : 0, listed ? 1 : 0, kept, conversations.get(id).id);
    },
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
  readonly settings: string | null;
}

interface MemberRow {
  readonly user: UserId;
  readonly affiliation: Affiliation;
  readonly joined: number;
  readonly nick: string | null;
  readonly reason: string | null;
}

export function roomReads(db: Database) {
  const select = `
    select c.name as id, r.title, r.open, r.listed, r.created_at as createdAt, r.created_by as createdBy, r.settings
    from rooms r join conversations c on c.id = r.conversation`;
  const room = db.prepare<[ConversationId], RoomRow>(`${select} where c.name = ?`);
  const rooms = db.prepare<[string, number], RoomRow>(`${select} where r.host = ? order by c.name limit ?`);
  const members = db.prepare<[ConversationId], MemberRow>(`
    select u.name as user, m.affiliation, m.joined, m.nick, m.reason
    from conversations c join members m on m.conversation = c.id join names u on u.id = m.user
    where c.name = ?`);
  const member = db.prepare<[UserId, ConversationId], MemberRow>(`
    select u.name as user, m.affiliation, m.joined, m.nick, m.reason
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
      return row === undefined ? undefined : memberOfRow(row);
    },
    members: (id: ConversationId): readonly Member[] => members.all(id).map(memberOfRow),
  };
}

function roomOfRow({ settings, ...row }: RoomRow): Room {
  const kept = settings === null ? {} : { settings: JSON.parse(settings) as Partial<RoomSettings> };
  return { ...row, open: row.open === 1, listed: row.listed === 1, ...kept };
}

function memberOfRow({ nick, reason, ...row }: MemberRow): Member {
  const more = { ...(nick !== null && { nick }), ...(reason !== null && { reason }) };
  return { ...row, joined: row.joined === 1, ...more };
}
