// New rows of the log, several to a statement: a quarter of what each costs by itself is the way into SQLite and back.
import type { Database } from "better-sqlite3";
import { codeOfKind } from "../entry-columns.ts";
import { relationText } from "../envelope.ts";
import type { ConversationRow } from "./conversations.ts";
import type { PortableDraft } from "./packed-log.ts";

/** With the numbers of what it names. */
export interface NewEntry {
  readonly draft: PortableDraft;
  readonly conversation: ConversationRow;
  readonly seq: number;
  readonly mid: Buffer;
  readonly author: number;
  readonly device: number;
}

/** More to a statement gain next to nothing, and leave more for statements of one. */
export const together = 8;
const columns =
  "conversation, seq, mid, at, kind, author, device, origin, body, bytes, extensions, target, relation".split(", ");

export function insertsOf(db: Database) {
  const row = `(${columns.map(() => "?").join(", ")})`;
  const into = `into entries (${columns.join(", ")}) values`;
  const one = db.prepare(`insert ${into} ${row} on conflict do nothing`);
  // An abort would have it keep each page as it was before, for the rows that went in already.
  const several = db.prepare(`insert or ignore ${into} ${Array<string>(together).fill(row).join(", ")}`);
  const remove = db.prepare("delete from entries where conversation = ? and seq = ? and mid = ?");

  return {
    /** The entry's id in the table; undefined when there is one with its message id. */
    one: (entry: NewEntry): number | undefined => {
      const values: unknown[] = [];
      put(values, entry);
      const { changes, lastInsertRowid } = one.run(...values);
      return changes === 0 ? undefined : Number(lastInsertRowid);
    },
    /** As many as go in `together`, and the last one's id; or none, when not all can. */
    several: (entries: readonly NewEntry[]): number | undefined => {
      const values: unknown[] = [];
      for (const entry of entries) put(values, entry);
      const { changes, lastInsertRowid } = several.run(...values);
      if (changes === together) return Number(lastInsertRowid);
      for (const { conversation, seq, mid } of entries) remove.run(conversation.id, seq, mid);
      return undefined;
    },
  };
}

function put(values: unknown[], { draft, conversation, seq, mid, author, device }: NewEntry): void {
  const { at, kind, originId, originReleased, body, bytes, extensions, relation } = draft;
  const origin = originReleased === true ? undefined : originId; // it is held elsewhere
  values.push(conversation.id, seq, mid, at, codeOfKind[kind], author, device, origin);
  values.push(body, bytes, extensions, relation?.target?.seq, relationText(relation));
}
