// Appends to logs: dense seq, origin ids, members of a direct conversation.
import type { DatedDraft, Envelope } from "../../model/event.ts";
import { membersOfDirect } from "../../model/ids.ts";
import { envelopeOf, retractedBy, sameContent, tombstoneOf } from "../envelope.ts";
import type { Appended, Release } from "../store.ts";
import { moveMark } from "./positions.ts";
import { type ConversationLog, keyOf, logOf, type HeldOrigin, type State } from "./state.ts";

export function release(state: State, { author, originId }: Release): void {
  state.heldOrigins.delete(keyOf(author, originId));
}

export function append(state: State, draft: DatedDraft): Appended {
  const known = state.entryOfMid.get(draft.mid);
  if (known !== undefined) return { outcome: "new", envelope: nowOf(state, known) };
  const first = firstOf(state, draft);
  if (first !== undefined) {
    return sameContent(first, draft) ? { outcome: "duplicate", envelope: first } : { outcome: "conflict" };
  }

  const log = logOf(state, draft.conversation);
  if (!log.peopled) people(state, draft);
  const envelope = envelopeOf(draft, log.entries.length + 1);
  log.entries.push(envelope);
  state.entryOfMid.set(draft.mid, envelope);
  remember(state, draft, envelope);
  retract(log, draft, envelope);
  return { outcome: "new", envelope };
}

/** What has become of the entry. */
export function nowOf(state: State, { conversation, seq }: Envelope): Envelope {
  return state.logs.get(conversation)!.entries[seq - 1]!;
}

function retract({ entries }: ConversationLog, { kind, ...draft }: DatedDraft, { seq }: Envelope): void {
  const about = draft.relation?.target?.seq;
  const target = about === undefined ? undefined : entries[about - 1];
  if (target === undefined) return;
  if (kind === "edit" && target.retracted !== undefined)
    entries[seq - 1] = tombstoneOf(entries[seq - 1]!, target.retracted);
  if (kind !== "retraction") return;
  const retracted = retractedBy({ kind, ...draft }, seq);
  for (const [at, entry] of entries.entries()) {
    const edits = entry.kind === "edit" && entry.relation?.target?.seq === about;
    if (edits || entry.seq === about) entries[at] = tombstoneOf(entry, retracted);
  }
}

function firstOf(state: State, draft: DatedDraft): Envelope | undefined {
  if (draft.originId === undefined) return undefined;
  if (draft.originReleased === true) {
    const held = heldOf(state, draft.author, draft.originId).get(draft.conversation)?.envelope;
    return held && nowOf(state, held);
  }
  const first = state.origins.get(keyOf(draft.author, draft.conversation, draft.originId));
  return first && nowOf(state, first);
}

function remember(state: State, draft: DatedDraft, envelope: Envelope): void {
  if (draft.originId === undefined) return;
  if (draft.originReleased === true) {
    heldOf(state, draft.author, draft.originId).set(draft.conversation, { device: draft.device, envelope });
  } else {
    state.origins.set(keyOf(draft.author, draft.conversation, draft.originId), envelope);
  }
}

/** The held uses of one origin id, by conversation. */
export function heldOf(state: State, author: string, originId: string): Map<string, HeldOrigin> {
  const key = keyOf(author, originId);
  let held = state.heldOrigins.get(key);
  if (held === undefined) state.heldOrigins.set(key, (held = new Map()));
  return held;
}

/** Both accounts become members with the first message; one that was removed since comes back at the head. */
function people(state: State, draft: DatedDraft): void {
  const log = logOf(state, draft.conversation);
  const last = log.entries.at(-1);
  for (const user of membersOfDirect(draft.conversation) ?? []) {
    if (log.members.has(user)) continue;
    log.members.set(user, { user, affiliation: "member", joined: true });
    if (last !== undefined) moveMark(log, user, { delivered: last.seq, read: 0, at: last.at });
  }
  log.peopled = true;
}
