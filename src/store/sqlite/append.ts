// Appends to logs: dense seq, origin ids, members of a direct conversation.
import type { Database } from "better-sqlite3";
import { membersOfDirect, type ConversationId, type OriginId, type UserId } from "../../model/ids.ts";
import { relationText, sameContent } from "../envelope.ts";
import type { Release } from "../store.ts";
import { codeOfKind, entryColumns, entryJoins } from "../entry-columns.ts";
import type { ConversationRow, Conversations } from "./conversations.ts";
import { bytesOfMid, entryRow, envelopeOfRow } from "./entry-rows.ts";
import type { EntryRow } from "./entry-rows.ts";
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
  const insert = db.prepare(`
    insert into entries (conversation, seq, mid, at, kind, author, device, origin, body, bytes, extensions, target, relation)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict do nothing`);
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

  function append(draft: PortableDraft): AppendedRow {
    const row = conversations.get(draft.conversation);
    const author = names.of(draft.author);
    const device = names.of(draft.device);
    const mid = bytesOfMid(draft.mid);
    const origin = draft.originId;
    const held = draft.originReleased === true;
    if (origin !== undefined) {
      const first = held ? seqOfHeld.get(author, origin, row.id) : origins.seqOf(row.id, author, origin);
      if (first !== undefined) return seqOfMid.get(row.id, mid) ?? judge(draft, read(row.id, first));
    }

    const seq = row.head + 1;
    const { changes, lastInsertRowid } = insert.run(
      row.id,
      seq,
      mid,
      draft.at,
      codeOfKind[draft.kind],
      author,
      device,
      held ? null : origin,
      draft.body,
      draft.bytes,
      draft.extensions,
      draft.relation?.target?.seq,
      relationText(draft.relation),
    );
    if (changes === 0) return seqOfMid.get(row.id, mid);
    if (row.peopled === 0) people(draft.conversation, row);
    row.head = seq;
    row.lastAt = draft.at;
    if (draft.kind === "retraction" || draft.kind === "edit") retract(row.id, draft, seq);
    origins.saw(Number(lastInsertRowid));
    if (origin === undefined) return seq;
    if (held) hold.run(author, origin, row.id, seq, device);
    else origins.add({ conversation: row.id, author, origin, seq });
    return seq;
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
