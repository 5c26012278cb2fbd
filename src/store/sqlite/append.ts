// Appends to logs: dense seq, origin ids, members of a direct conversation.
import type { Database } from "better-sqlite3";
import type { DatedDraft } from "../../model/event.ts";
import { membersOfDirect, type ConversationId } from "../../model/ids.ts";
import { sameContent } from "../envelope.ts";
import type { Release } from "../store.ts";
import type { ConversationRow, Conversations } from "./conversations.ts";
import { bytesOfMid, codeOfKind, entryColumns, entryJoins, entryRow, envelopeOfRow } from "./entry-rows.ts";
import type { EntryRow } from "./entry-rows.ts";
import type { Names } from "./names.ts";

/** The seq of a new entry, the row of the first one under the same origin id, or undefined for a conflict. */
export type AppendedRow = number | EntryRow | undefined;

export function appendOf(db: Database, names: Names, conversations: Conversations) {
  const insert = db.prepare(`
    insert into entries (conversation, seq, mid, at, kind, author, device, origin, body, bytes, extensions)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict do nothing`);
  const seqOfMid = db.prepare<[Buffer], number>("select seq from entries where mid = ?").pluck();
  const byOrigin = db.prepare(`
    select ${entryColumns} from entries e ${entryJoins}
    where e.conversation = ? and e.author = ? and e.origin = ?`).raw(); // prettier-ignore
  const byHeld = db.prepare(`
    select ${entryColumns} from held_origins h
    join entries e on e.conversation = h.conversation and e.seq = h.seq ${entryJoins}
    where h.author = ? and h.origin = ? and h.conversation = ?`).raw(); // prettier-ignore
  const hold = db.prepare(
    "insert into held_origins (author, origin, conversation, seq, device) values (?, ?, ?, ?, ?)",
  );
  const free = db.prepare("delete from held_origins where author = ? and origin = ?");
  const enter = db.prepare("insert into members values (?, ?, 'member', 1) on conflict do nothing");
  const catchUp = db.prepare("insert into marks values (?, ?, ?, 0, ?) on conflict do nothing");

  /** Both accounts become members with the first message; one that was removed since comes back at the head. */
  function people(conversation: ConversationId, row: ConversationRow): void {
    for (const user of membersOfDirect(conversation) ?? []) {
      const { changes } = enter.run(names.of(user), row.id);
      if (changes > 0 && row.head > 0) catchUp.run(row.id, names.of(user), row.head, row.lastAt);
    }
    row.peopled = 1;
  }

  function judge(draft: DatedDraft, first: EntryRow): AppendedRow {
    return sameContent(envelopeOfRow(draft.conversation, first), draft) ? first : undefined;
  }

  function append(draft: DatedDraft): AppendedRow {
    const row = conversations.get(draft.conversation);
    const author = names.of(draft.author);
    const device = names.of(draft.device);
    const held = draft.originReleased === true && draft.originId !== undefined;
    const mid = bytesOfMid(draft.mid);
    if (held) {
      const first = byHeld.get(author, draft.originId, row.id);
      if (first !== undefined) return seqOfMid.get(mid) ?? judge(draft, entryRow(first));
    }

    const { changes } = insert.run(
      row.id,
      row.head + 1,
      mid,
      draft.at,
      codeOfKind[draft.kind],
      author,
      device,
      held ? null : draft.originId,
      draft.body,
      draft.bytes,
      draft.extensions === undefined ? null : JSON.stringify(draft.extensions),
    );
    if (changes === 0) {
      return seqOfMid.get(mid) ?? judge(draft, entryRow(byOrigin.get(row.id, author, draft.originId)));
    }
    if (row.peopled === 0) people(draft.conversation, row);
    row.head += 1;
    row.lastAt = draft.at;
    conversations.changed(draft.conversation, row);
    if (held) hold.run(author, draft.originId, row.id, row.head, device);
    return row.head;
  }

  return {
    append,
    release: ({ author, originId }: Release): void => void free.run(names.of(author), originId),
  };
}
