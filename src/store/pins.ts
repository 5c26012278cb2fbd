// Which entries pin a message, in SQL.
import { codeOfKind } from "./entry-columns.ts";

/** The pins in force among the entries `e`; `truth` is the database's word for it. */
export function pinned(extract: string, truth: string): string {
  return `
    e.kind = ${codeOfKind.pin} and ${extract} = ${truth}
    and not exists (
      select 1 from entries l
      where l.conversation = e.conversation and l.target = e.target and l.kind = ${codeOfKind.pin} and l.seq > e.seq)
    and not exists (
      select 1 from entries t where t.conversation = e.conversation and t.seq = e.target and t.retracted is not null)`;
}
