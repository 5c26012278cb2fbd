// How entries stand in the tables of every SQL database.
import type { EntryKind } from "../model/event.ts";

export const codeOfKind = {
  message: 0,
  subject: 1,
  membership: 2,
  edit: 3,
  retraction: 4,
  reaction: 5,
  invitation: 6,
  pin: 7,
  call: 8,
} satisfies Record<EntryKind, number>;
/** Condition on entries `e`: of these kinds is none. */
export function noneOf(kinds: readonly EntryKind[]): string {
  return `e.kind not in (${kinds.map((kind) => codeOfKind[kind]).join()})`;
}

export const kindOfCode = Object.keys(codeOfKind) as EntryKind[];

/** Of an entry `e`, with the names of its author `a` and its device `d`. */
export const entryColumns =
  "e.seq, e.kind, e.mid, e.at, a.name, d.name, e.origin, e.body, e.bytes, e.extensions, e.relation, e.retracted";
export const entryJoins = "join names a on a.id = e.author join names d on d.id = e.device";
