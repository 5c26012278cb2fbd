// Questions about logs.
import { Fault } from "../../model/fault.ts";
import type { Envelope } from "../../model/event.ts";
import type { ConversationId, MessageId, OriginId, UserId } from "../../model/ids.ts";
import { entryColumns, entryJoins } from "../entry-columns.ts";
import { pinned } from "../pins.ts";
import type { Connection } from "./connection.ts";
import { envelopeOfRow, type EntryRow } from "./entry-rows.ts";
import { conversationId, keyOf, nameId } from "./keys.ts";
import { toText } from "./text.ts";

const select = `select ${entryColumns} from entries e ${entryJoins} where e.conversation = ${conversationId("$1")}`;
const after = { name: "read", text: `${select} and e.seq > $2 order by e.seq limit $3` };
const before = { name: "read_before", text: `${select} and e.seq < $2 order by e.seq desc limit $3` };
const one = { name: "read_one", text: `${select} and e.seq = $2` };
const byMid = { name: "entry", text: `${select} and e.mid = $2` };
const pins = {
  name: "pins",
  text: `${select} and ${pinned("e.relation::json ->> 'pinned'", "'true'")} order by e.seq limit $2`,
};
const heads = {
  name: "heads",
  text: `
    select coalesce(c.head, 0) from unnest($1::text[]) with ordinality as w(name, n)
    left join conversations c on c.key = ${keyOf("w.name")}
    order by w.n`,
};
const byOrigin = {
  name: "find",
  text: `${select} and e.author = ${nameId("$2")} and hashtext(e.origin) = hashtext($3) and e.origin = $3`,
};
const byHeld = {
  name: "find_held",
  text: `
    ${select} and e.seq = (
      select h.seq from held_origins h
      where h.author = ${nameId("$2")} and md5(h.origin) = md5($3) and h.conversation = e.conversation)`,
};

/** Beyond any seq: what a caller may mean by "from the end". */
const endless = 2 ** 31 - 1;

export function logReads(connection: Connection) {
  return {
    read: async (conversation: ConversationId, from: number, limit: number): Promise<readonly Envelope[]> => {
      const rows = await connection.rows<EntryRow>(after, toText(conversation), Math.min(from, endless), limit);
      return rows.map((row) => envelopeOfRow(conversation, row));
    },
    readBefore: async (conversation: ConversationId, to: number, limit: number): Promise<readonly Envelope[]> => {
      const rows = await connection.rows<EntryRow>(before, toText(conversation), Math.min(to, endless), limit);
      return rows.map((row) => envelopeOfRow(conversation, row)).reverse();
    },
    entry: async (conversation: ConversationId, mid: MessageId): Promise<Envelope | undefined> => {
      const [row] = await connection.rows<EntryRow>(byMid, toText(conversation), mid);
      return row === undefined ? undefined : envelopeOfRow(conversation, row);
    },
    pins: async (conversation: ConversationId, limit: number): Promise<readonly Envelope[]> => {
      const rows = await connection.rows<EntryRow>(pins, toText(conversation), limit);
      return rows.map((row) => envelopeOfRow(conversation, row));
    },
    heads: async (conversations: readonly ConversationId[]): Promise<readonly number[]> => {
      if (conversations.length === 0) return [];
      return (await connection.rows<[number]>(heads, conversations.map(toText))).map(([head]) => head);
    },
    find: async (conversation: ConversationId, author: UserId, originId: OriginId): Promise<Envelope | undefined> => {
      const names = [conversation, author, originId].map(toText);
      const [row] = await connection.rows<EntryRow>(byOrigin, ...names);
      const [held] = row === undefined ? await connection.rows<EntryRow>(byHeld, ...names) : [row];
      return held === undefined ? undefined : envelopeOfRow(conversation, held);
    },
  };
}

/** An entry that is known to be there. */
export async function readOne(connection: Connection, conversation: ConversationId, seq: number): Promise<Envelope> {
  const [row] = await connection.rows<EntryRow>(one, toText(conversation), seq);
  if (row === undefined) throw new Fault("unavailable", "the room was removed meanwhile", { retryAfterMs: 250 });
  return envelopeOfRow(conversation, row);
}
