// How far devices and accounts have come: cursors and marks.
import type { ConversationId, DeviceId, UserId } from "../../model/ids.ts";
import type { MemberMarks } from "../store.ts";
import type { Connection } from "./connection.ts";
import { conversationId, keyOf, nameId } from "./keys.ts";
import { fromText, toText } from "./text.ts";

const cursor = {
  name: "cursor",
  text: `
    select coalesce(k.seq, case when $4::bigint is null then m.delivered else (
      select e.seq from entries e where e.conversation = q.conversation and e.seq <= m.delivered and e.at < $4
      order by e.seq desc limit 1) end, 0)
    from (select ${conversationId("$1")} as conversation, ${nameId("$2")} as account, ${nameId("$3")} as device) q
    left join cursors k on k.account = q.account and k.device = q.device and k.conversation = q.conversation
    left join marks m on m.conversation = q.conversation and m.account = q.account`,
};
const marks = {
  name: "marks",
  text: `
    select u.name as "user", m.delivered, m.read, m.at
    from conversations c join marks m on m.conversation = c.id join names u on u.id = m.account
    where c.key = ${keyOf("$1")}`,
};

export function positionReads(connection: Connection) {
  return {
    cursor: async (user: UserId, device: DeviceId, conversation: ConversationId, since?: number): Promise<number> => {
      const named = [toText(conversation), toText(user), toText(device)];
      const [row] = await connection.rows<[number]>(cursor, ...named, since ?? null);
      return row![0];
    },
    marks: async (conversation: ConversationId): Promise<readonly MemberMarks[]> =>
      (await connection.ask<MemberMarks>(marks, toText(conversation))).map(marksOfRow),
  };
}

export function marksOfRow(row: MemberMarks): MemberMarks {
  return { user: fromText(row.user) as UserId, delivered: row.delivered, read: row.read, at: row.at };
}
