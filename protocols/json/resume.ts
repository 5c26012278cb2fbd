// Where a session begins: what the client says it has, checked against the logs; the rest from the device's cursors.
import { type ConversationId, Fault } from "#core";
import { z } from "zod";
import { conversationField } from "./fields.ts";
import type { JsonSession } from "./session.ts";

/** Logs are never renumbered, so there has been one epoch so far. */
const epoch = "e1";

const place = z.union([z.int().min(0), z.tuple([z.string().max(64), z.int().min(0)])]);

export const resumeField = z.object({
  user: z.tuple([z.string().max(64), z.int()]).optional(),
  conversations: z.record(conversationField, place).optional(),
});

type Place = z.output<typeof place>;

export interface Resumed {
  readonly epoch: string;
  /** Everything the client named goes on without a gap. */
  readonly resumed: boolean;
}

/** Opens the named conversations from where the client stopped, then all others from what the device acknowledged. */
export async function resume(session: JsonSession, wanted: z.output<typeof resumeField> | undefined): Promise<Resumed> {
  const named = Object.entries(wanted?.conversations ?? {});
  const opened = await Promise.all(named.map(([c, from]) => reopen(session, c, from)));
  const behind = await session.core.conversations.openInbox(session.attached, { rooms: true, from: "cursor" });
  for (const { conversation, head } of behind) if (!opened.includes(conversation)) session.expect(conversation, head);
  const sameEpoch = wanted?.user === undefined || wanted.user[0] === epoch;
  return { epoch, resumed: wanted !== undefined && sameEpoch && !opened.includes(undefined) };
}

/** All or nothing: every entry from there on, or a gap event that says to pull. Undefined when there is a gap. */
async function reopen(session: JsonSession, c: string, wanted: Place): Promise<ConversationId | undefined> {
  const { core, attached, names, user } = session;
  const [claimed, from] = typeof wanted === "number" ? [epoch, wanted] : wanted;
  try {
    const conversation = names.conversation(c, user);
    const head = await core.conversations.head(conversation);
    if (claimed === epoch && from <= head) {
      await core.conversations.open(attached, conversation, from);
      core.conversations.ack(attached, conversation, from); // what it has, it has acknowledged
      if (from < head) session.expect(conversation, head);
      return conversation;
    }
    // Numbers this log never gave out. Opened before the head is told: only a member may know it.
    await core.conversations.open(attached, conversation, "cursor");
    session.tell(gap(c, "epoch", head));
  } catch (error) {
    if (!(error instanceof Fault) || !beyondReach.has(error.code)) throw error;
    session.tell(gap(c, "gone", 0));
  }
  return undefined;
}

const beyondReach: ReadonlySet<string> = new Set(["not-found", "forbidden", "bad-request"]);

function gap(c: string, why: "epoch" | "gone", head: number): string {
  return JSON.stringify({ type: "gap", c, why, head });
}
