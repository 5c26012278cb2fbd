// A message said again elsewhere: what of it, and whose it was.
import type { Forward } from "../core.ts";
import { Fault } from "../model/fault.ts";
import { type ConversationId, kindOf } from "../model/ids.ts";
import { settingsOf } from "../model/conversation.ts";
import type { Log } from "../store/store.ts";
import { entryNamed, type EntryName } from "./entry-named.ts";
import type { RoomCache } from "./room-cache.ts";

export interface ForwardParts {
  readonly log: Pick<Log, "read" | "entry">;
  readonly rooms: Pick<RoomCache, "load">;
}

/** Whoever asks may read the conversation. */
export async function forwardOf(
  { log, rooms }: ForwardParts,
  conversation: ConversationId,
  target: EntryName,
): Promise<Forward> {
  const entry = await entryNamed(log, conversation, target);
  if (entry === undefined || (entry.kind !== "message" && entry.kind !== "edit"))
    throw new Fault("not-found", "no such message there");
  if (entry.retracted !== undefined) throw new Fault("conflict", "the message is retracted");
  const { body, bytes, relation } = entry;
  if (body === undefined && bytes === undefined) throw new Fault("bad-request", "the message says nothing by itself");
  // What was forwarded to us goes on as its first author's; the words of who forwarded it do not.
  const before = relation?.forwarded;
  if (before !== undefined) return { body: before.body ?? body, bytes, relation: { forwarded: { ...before, body: undefined } } }; // prettier-ignore
  const hidden = kindOf(conversation) === "room" && (await isHiding(rooms, conversation));
  return { body, bytes, relation: { forwarded: { from: hidden ? undefined : entry.author, at: entry.at } } };
}

/** A room where a nick does not tell the account: nobody learns it by a forward. */
async function isHiding(rooms: ForwardParts["rooms"], conversation: ConversationId): Promise<boolean> {
  const known = await rooms.load(conversation);
  return known !== undefined && settingsOf(known.room).addresses === "moderators";
}
