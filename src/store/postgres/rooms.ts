// Rooms and their members.
import type { Affiliation, Member, Room, RoomSettings } from "../../model/conversation.ts";
import type { ConversationId, UserId } from "../../model/ids.ts";
import type { Connection, Database } from "./connection.ts";
import { conversationId, keyOf, nameId } from "./keys.ts";
import type { Names } from "./names.ts";
import { fromText, toJson, toText } from "./text.ts";

const create = {
  name: "create_room",
  text: `
    insert into rooms (conversation, host, title, open, listed, created_at, created_by, settings)
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning conversation`,
};
const update = {
  name: "update_room",
  text: `update rooms set title = $2, open = $3, listed = $4, settings = $5 where conversation = ${conversationId("$1")}`,
};
const remove = {
  name: "remove_room",
  text: `delete from rooms where conversation = ${conversationId("$1")} returning conversation`,
};
const removeLog = [
  "select from conversations where id = $1 for update",
  // Cursors are found by their account; those of strangers to the room stay, under a number that is never used again.
  `delete from cursors where conversation = $1 and account in
     (select account from members where conversation = $1 union select account from marks where conversation = $1)`,
  "delete from members where conversation = $1",
  "delete from marks where conversation = $1",
  `delete from held_origins h using entries e
   where e.conversation = $1 and h.author = e.author and h.conversation = $1`,
  "delete from search_index where conversation = $1",
  "delete from search_positions where conversation = $1",
  "delete from search_due where conversation = $1",
  "delete from entries where conversation = $1",
  "delete from conversations where id = $1",
].map((text, at) => ({ name: `remove_log_${at}`, text }));

const lock = {
  name: "lock_conversation",
  text: `select head, last_at as "lastAt" from conversations where id = $1 for update`,
};
const joined = { name: "member_joined", text: "select joined from members where account = $1 and conversation = $2" };
const put = {
  name: "put_member",
  text: `
    insert into members as m (account, conversation, affiliation, joined, nick, reason) values ($1, $2, $3, $4, $5, $6)
    on conflict (account, conversation) do update
    set affiliation = excluded.affiliation, joined = excluded.joined, nick = coalesce(excluded.nick, m.nick),
      reason = excluded.reason`,
};
const leave = { name: "remove_member", text: "delete from members where account = $1 and conversation = $2" };
const startAtHead = {
  name: "start_at_head",
  text: `
    insert into marks as m (conversation, account, delivered, read, at) values ($1, $2, $3, 0, $4)
    on conflict (conversation, account) do update
    set delivered = excluded.delivered, at = excluded.at where excluded.delivered > m.delivered`,
};
const forgetCursors = { name: "forget_cursors", text: "delete from cursors where account = $1 and conversation = $2" };

const selectRoom = `
  select c.name as id, r.title, r.open, r.listed, r.created_at as "createdAt", r.created_by as "createdBy", r.settings
  from rooms r join conversations c on c.id = r.conversation`;
const room = { name: "room", text: `${selectRoom} where c.key = ${keyOf("$1")}` };
const rooms = { name: "rooms", text: `${selectRoom} where r.host = $1 order by c.name collate "C" limit $2` };
const selectMember = `
  select u.name as "user", m.affiliation, m.joined, m.nick, m.reason from members m join names u on u.id = m.account
  where m.conversation = ${conversationId("$1")}`;
const members = { name: "members", text: selectMember };
const member = { name: "member", text: `${selectMember} and m.account = ${nameId("$2")}` };

/** What is to become of a member, all names as numbers. */
interface Membership {
  readonly conversation: number;
  readonly account: number;
  readonly affiliation: Affiliation;
  readonly joined: boolean;
  readonly nick?: string | undefined;
  readonly reason?: string | undefined;
}

interface RoomRow extends Omit<Room, "settings"> {
  readonly settings: string | null;
}

interface MemberRow extends Omit<Member, "nick" | "reason"> {
  readonly nick: string | null;
  readonly reason: string | null;
}

/** Within a transaction; false when the conversation was removed meanwhile. */
async function setMember(connection: Connection, to: Membership): Promise<boolean> {
  const { conversation, account, affiliation } = to;
  // Its head must not move between the look and the mark.
  const [log] = await connection.ask<{ head: number; lastAt: number }>(lock, conversation);
  if (log === undefined) return false;
  const [was] = await connection.ask<{ joined: boolean }>(joined, account, conversation);
  if (affiliation === "none" && !to.joined) await connection.ask(leave, account, conversation);
  else {
    const [nick, reason] = [to.nick, to.reason].map((text) => (text === undefined ? null : toText(text)));
    await connection.ask(put, account, conversation, affiliation, to.joined, nick, reason);
  }
  if (!to.joined || was?.joined === true) return true;
  if (log.head > 0) await connection.ask(startAtHead, conversation, account, log.head, log.lastAt);
  await connection.ask(forgetCursors, account, conversation);
  return true;
}

export function roomsOf(database: Database, names: Names) {
  /** With the conversation's number, which is asked anew when the room was removed meanwhile. */
  async function fresh<T>(id: ConversationId, work: (conversation: number) => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const done = await work((await names.conversations([id]))(id));
      if (done !== undefined) return done;
      names.forgetConversations();
    }
  }

  return {
    room: async (id: ConversationId): Promise<Room | undefined> => {
      const [row] = await database.ask<RoomRow>(room, toText(id));
      return row === undefined ? undefined : roomOfRow(row);
    },
    createRoom: async (made: Room, owner: UserId): Promise<boolean> => {
      const { id, title, open, listed, createdAt, createdBy, settings } = made;
      const host = id.slice(id.lastIndexOf("@") + 1);
      const account = (await names.names([owner]))(owner);
      return await fresh(id, (conversation) =>
        database.transaction(async (connection) => {
          const [log] = await connection.ask(lock, conversation);
          if (log === undefined) return undefined;
          const values = [toText(host), toText(title), open, listed, createdAt, toText(createdBy), textOf(settings)];
          const [created] = await connection.ask(create, conversation, ...values);
          if (created === undefined) return false;
          return await setMember(connection, { conversation, account, affiliation: "owner", joined: true });
        }),
      );
    },
    updateRoom: async ({ id, title, open, listed, settings }: Room): Promise<void> =>
      void (await database.ask(update, toText(id), toText(title), open, listed, textOf(settings))),
    removeRoom: async (id: ConversationId): Promise<boolean> => {
      const removed = await database.transaction(async (connection) => {
        const [row] = await connection.ask<{ conversation: number }>(remove, toText(id));
        if (row === undefined) return false;
        for (const statement of removeLog) await connection.ask(statement, row.conversation);
        return true;
      });
      names.forgetConversations();
      return removed;
    },
    rooms: async (host: string, limit: number): Promise<readonly Room[]> =>
      (await database.ask<RoomRow>(rooms, toText(host), limit)).map(roomOfRow),
    member: async (id: ConversationId, user: UserId): Promise<Member | undefined> => {
      const [row] = await database.ask<MemberRow>(member, toText(id), toText(user));
      return row === undefined ? undefined : memberOfRow(row);
    },
    members: async (id: ConversationId): Promise<readonly Member[]> =>
      (await database.ask<MemberRow>(members, toText(id))).map(memberOfRow),
    putMember: async (
      id: ConversationId,
      user: UserId,
      affiliation: Affiliation,
      joins: boolean,
      more?: Pick<Member, "nick" | "reason">,
    ): Promise<void> => {
      const account = (await names.names([user]))(user);
      await fresh(id, (conversation) =>
        database.transaction(async (connection) => {
          const to = { conversation, account, affiliation, joined: joins, ...more };
          return (await setMember(connection, to)) || undefined;
        }),
      );
    },
  };
}

function textOf(settings: Room["settings"]): string | null {
  return settings === undefined ? null : toJson(settings);
}

function roomOfRow(row: RoomRow): Room {
  const { id, title, open, listed, createdAt, createdBy, settings } = row;
  return {
    id: fromText(id) as ConversationId,
    title: fromText(title),
    open,
    listed,
    createdAt,
    createdBy: fromText(createdBy) as UserId,
    ...(settings !== null && { settings: settingsOfText(settings) }),
  };
}

function settingsOfText(text: string): Partial<RoomSettings> {
  return JSON.parse(text, (_, value: unknown) => (typeof value === "string" ? fromText(value) : value));
}

function memberOfRow({ user, affiliation, joined: isJoined, nick, reason }: MemberRow): Member {
  return {
    user: fromText(user) as UserId,
    affiliation,
    joined: isJoined,
    ...(nick !== null && { nick: fromText(nick) }),
    ...(reason !== null && { reason: fromText(reason) }),
  };
}
