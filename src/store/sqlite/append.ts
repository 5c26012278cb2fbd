// Appends to logs: dense seq, origin ids, members of a direct conversation.
import type { Database } from "better-sqlite3";
import { membersOfDirect, type ConversationId, type OriginId, type UserId } from "../../model/ids.ts";
import { sameContent } from "../envelope.ts";
import type { Release } from "../store.ts";
import { entryColumns, entryJoins } from "../entry-columns.ts";
import type { ConversationRow, Conversations } from "./conversations.ts";
import { bytesOfMid, entryRow, envelopeOfRow } from "./entry-rows.ts";
import type { EntryRow } from "./entry-rows.ts";
import { insertsOf, together, type NewEntry } from "./insert.ts";
import { ascends } from "./mid-order.ts";
import type { Names } from "./names.ts";
import type { Origins } from "./origins.ts";
import type { PortableDraft } from "./packed-log.ts";
import { retractOf } from "./retract.ts";

/** The seq of a new entry, the row of the first one under the same origin id, or undefined for a conflict. */
export type AppendedRow = number | EntryRow | undefined;

interface Parts {
  readonly names: Names;
  readonly conversations: Conversations;
  readonly origins: Origins;
}

export function appendOf(db: Database, { names, conversations, origins }: Parts) {
  const inserts = insertsOf(db);
  const seqOfMid = db
    .prepare<[number, Buffer], number>("select seq from entries where conversation = ? and mid = ?")
    .pluck();
  const entry = db
    .prepare(`select ${entryColumns} from entries e ${entryJoins} where e.conversation = ? and e.seq = ?`)
    .raw();
  const seqOfHeld = db
    .prepare<[number, string, number], number>(
      "select seq from held_origins where author = ? and origin = ? and conversation = ?",
    )
    .pluck();
  const hold = db.prepare(
    "insert into held_origins (author, origin, conversation, seq, device) values (?, ?, ?, ?, ?)",
  );
  const free = db.prepare("delete from held_origins where author = ? and origin = ?");
  const retract = retractOf(db);
  const enter = db.prepare(
    "insert into members (user, conversation, affiliation, joined) values (?, ?, 'member', 1) on conflict do nothing",
  );
  const catchUp = db.prepare("insert into marks values (?, ?, ?, 0, ?) on conflict do nothing");

  /** Both accounts become members with the first message; one that was removed since comes back at the head. */
  function people(conversation: ConversationId, row: ConversationRow): void {
    for (const user of membersOfDirect(conversation) ?? []) {
      const { changes } = enter.run(names.of(user), row.id);
      if (changes > 0 && row.head > 0) catchUp.run(row.id, names.of(user), row.head, row.lastAt);
    }
    conversations.changed(conversation, row);
    row.peopled = 1;
  }

  function read(conversation: number, seq: number): EntryRow {
    return entryRow(entry.get(conversation, seq));
  }

  function judge(draft: PortableDraft, first: EntryRow): AppendedRow {
    return sameContent(envelopeOfRow(draft.conversation, first), draft) ? first : undefined;
  }

  /** Undefined for a draft that may be new; what the log has under its origin id or message id otherwise. */
  function known({ draft, conversation: { id }, author, mid }: NewEntry): { readonly row: AppendedRow } | undefined {
    const { originId: origin, originReleased: held } = draft;
    if (origin === undefined) return undefined;
    const first = held === true ? seqOfHeld.get(author, origin, id) : origins.seqOf(id, author, origin);
    if (first === undefined) return undefined;
    return { row: seqOfMid.get(id, mid) ?? judge(draft, read(id, first)) };
  }

  function accepted({ draft, conversation, seq, mid, author, device }: NewEntry): void {
    conversation.head = seq;
    conversation.lastAt = draft.at;
    if (conversation.strayed === 0 && !ascends(conversation.latestMid, mid)) {
      conversation.strayed = 1;
      conversations.changed(draft.conversation, conversation);
    }
    conversation.latestMid.set(mid);
    const { originId: origin, originReleased: held } = draft;
    if (origin === undefined) return;
    if (held === true) hold.run(author, origin, conversation.id, seq, device);
    else origins.add({ conversation: conversation.id, author, origin, seq });
  }

  function alone(entry: NewEntry): AppendedRow {
    const { draft, conversation, seq } = entry;
    const id = inserts.one(entry);
    if (id === undefined) return seqOfMid.get(conversation.id, entry.mid);
    if (conversation.peopled === 0) people(draft.conversation, conversation);
    if (draft.kind === "retraction" || draft.kind === "edit") retract(conversation.id, draft, seq);
    origins.saw(id);
    accepted(entry);
    return seq;
  }

  function append(drafts: readonly PortableDraft[]): AppendedRow[] {
    const rows: AppendedRow[] = [];
    /** The latest of `rows`, which are not written yet. Their conversations' heads are still those before them. */
    let waiting: NewEntry[] = [];
    const write = (): void => {
      const from = rows.length - waiting.length;
      const last = waiting.length === together ? inserts.several(waiting) : undefined;
      for (const [n, entry] of waiting.entries()) {
        if (last !== undefined) accepted(entry);
        else rows[from + n] = alone({ ...entry, seq: entry.conversation.head + 1 });
      }
      if (last !== undefined) origins.saw(last);
      waiting = [];
    };

    for (const draft of drafts) {
      const conversation = conversations.get(draft.conversation);
      const author = names.of(draft.author);
      if (waiting.some((other) => nameTheSame(other.draft, draft))) write();
      const ahead = waiting.reduce((n, other) => (other.conversation === conversation ? n + 1 : n), 0);
      const seq = conversation.head + 1 + ahead;
      const entry = { draft, conversation, seq, mid: bytesOfMid(draft.mid), author, device: names.of(draft.device) };
      const found = known(entry);
      if (found !== undefined || !plain(entry)) write();
      rows.push(found === undefined ? seq : found.row);
      if (found !== undefined) continue;
      waiting.push(entry);
      if (waiting.length === together || !plain(entry)) write();
    }
    write();
    return rows;
  }

  return {
    append,
    /** Asked of the writer, who alone knows the latest origin ids. */
    find: (conversation: ConversationId, user: UserId, originId: OriginId): EntryRow | undefined => {
      const { id } = conversations.get(conversation);
      const author = names.of(user);
      const seq = origins.seqOf(id, author, originId) ?? seqOfHeld.get(author, originId, id);
      return seq === undefined ? undefined : read(id, seq);
    },
    release: ({ author, originId }: Release): void => void free.run(names.of(author), originId),
  };
}

function nameTheSame(one: PortableDraft, other: PortableDraft): boolean {
  return one.originId !== undefined && one.originId === other.originId && one.conversation === other.conversation;
}

/** Brings nothing but itself. */
function plain({ draft, conversation }: NewEntry): boolean {
  return conversation.peopled !== 0 && draft.kind !== "retraction" && draft.kind !== "edit";
}
