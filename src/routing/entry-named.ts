// An entry as drafts and commands name it: by its place in the conversation's log, or by its id.
import type { DraftRelation, Envelope } from "../model/event.ts";
import type { ConversationId } from "../model/ids.ts";
import type { Log } from "../store/store.ts";

export type EntryName = NonNullable<DraftRelation["target"]>;

/** Undefined when the conversation has none of that name. */
export async function entryNamed(
  log: Pick<Log, "read" | "entry">,
  conversation: ConversationId,
  name: EntryName,
): Promise<Envelope | undefined> {
  if (!("seq" in name)) return log.entry(conversation, name.mid);
  const [entry] = await log.read(conversation, name.seq - 1, 1);
  return entry?.seq === name.seq ? entry : undefined;
}
