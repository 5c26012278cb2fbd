// The questions of a device that connects: where it is behind, and what its account talks about.
import { kindOf, type ConversationId, type DeviceId, type UserId } from "../../model/ids.ts";
import type { Backlog, ConversationState, MemberMarks } from "../store.ts";
import type { Connection } from "./connection.ts";
import { keyOf, nameId } from "./keys.ts";
import { marksOfRow } from "./positions.ts";
import { fromText, toText } from "./text.ts";

const backlog = {
  name: "backlog",
  text: `
    select c.name as conversation, coalesce(k.seq, m.delivered, 0) as after, c.head
    from names u
    join members p on p.account = u.id and p.joined
    join conversations c on c.id = p.conversation
    left join cursors k on k.account = u.id and k.device = ${nameId("$2")} and k.conversation = c.id
    left join marks m on m.conversation = c.id and m.account = u.id
    where u.key = ${keyOf("$1")} and c.head > coalesce(k.seq, m.delivered, 0)`,
};
const latest = {
  name: "latest_conversations",
  text: `
    select c.id, c.name as conversation, c.head, c.last_at as "lastAt"
    from names u
    join members p on p.account = u.id and p.joined
    join conversations c on c.id = p.conversation
    where u.key = ${keyOf("$1")}
    order by c.last_at desc
    limit $2`,
};
// All of a direct conversation's, the account's own of a room.
const marks = {
  name: "marks_of_conversations",
  text: `
    select m.conversation, u.name as "user", m.delivered, m.read, m.at
    from marks m join names u on u.id = m.account
    where m.conversation = any ($1) or (m.conversation = any ($2) and m.account = ${nameId("$3")})`,
};

type Listed = Omit<ConversationState, "marks"> & { readonly id: number };

export function backlogReads(connection: Connection) {
  return {
    backlog: async (user: UserId, device: DeviceId): Promise<readonly Backlog[]> => {
      const rows = await connection.ask<Backlog>(backlog, toText(user), toText(device));
      return rows.map((row) => ({ ...row, conversation: fromText(row.conversation) as ConversationId }));
    },

    conversations: async (user: UserId, limit: number): Promise<readonly ConversationState[]> => {
      const listed = await connection.ask<Listed>(latest, toText(user), limit);
      const ids = (direct: boolean) =>
        listed.filter((one) => (kindOf(one.conversation) === "direct") === direct).map((one) => one.id);
      const found = await connection.ask<MemberMarks & { conversation: number }>(
        marks,
        ids(true),
        ids(false),
        toText(user),
      );
      const marksOf = new Map<number, MemberMarks[]>(listed.map(({ id }) => [id, []]));
      for (const row of found) marksOf.get(row.conversation)!.push(marksOfRow(row));
      return listed.map(({ id, conversation, head, lastAt }) => ({
        conversation: fromText(conversation) as ConversationId,
        head,
        lastAt,
        marks: marksOf.get(id)!,
      }));
    },
  };
}
