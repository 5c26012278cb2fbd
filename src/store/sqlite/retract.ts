// What a retraction does to the log: its target, and the edits of it, lose their content and keep their places.
import type { Database } from "better-sqlite3";
import type { DatedDraft, Envelope, Retracted } from "../../model/event.ts";
import { relationOfText, relationText, retractedBy, tombstoneOf } from "../envelope.ts";
import { codeOfKind } from "../entry-columns.ts";

interface Row {
  readonly id: number;
  readonly seq: number;
  readonly kind: number;
  readonly extensions: string | null;
  readonly relation: string | null;
}

export function retractOf(db: Database) {
  const concerned = db.prepare<{ conversation: number; target: number }, Row>(`
    select id, seq, kind, extensions, relation from entries where conversation = @conversation and seq = @target
    union all
    select id, seq, kind, extensions, relation from entries
    where conversation = @conversation and target = @target and target is not null and kind = ${codeOfKind.edit}`);
  const wipe = db.prepare(`
    update entries set body = null, bytes = null, extensions = ?, relation = ?, retracted = ?
    where conversation = ? and seq = ?`);
  const forgetWords = db.prepare("delete from search where rowid = ?");
  const mark = db
    .prepare<[number, number], string | null>("select retracted from entries where conversation = ? and seq = ?")
    .pluck();

  /** After the retraction, or an edit that comes too late, was written under that seq. */
  return (conversation: number, draft: Omit<DatedDraft, "extensions">, seq: number): void => {
    const target = draft.relation?.target?.seq;
    if (target === undefined) return;
    const before = mark.get(conversation, target);
    const known = typeof before === "string" ? (JSON.parse(before) as Retracted) : undefined;
    const retracted = draft.kind === "retraction" ? retractedBy(draft, seq) : known;
    if (retracted === undefined) return;
    for (const row of concerned.all({ conversation, target })) {
      const left = tombstoneOf(
        {
          kind: row.kind === codeOfKind.edit ? "edit" : "message",
          extensions: row.extensions === null ? undefined : JSON.parse(row.extensions),
          relation: relationOfText(row.relation),
        } as Envelope,
        retracted,
      );
      const labels = left.extensions === undefined ? null : JSON.stringify(left.extensions);
      forgetWords.run(row.id);
      wipe.run(labels, relationText(left.relation), JSON.stringify(retracted), conversation, row.seq);
    }
  };
}
