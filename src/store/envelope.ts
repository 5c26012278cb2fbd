// What every adapter must agree on about entries: their shape, and when two drafts say the same.
import type { DatedDraft, Envelope, Extensions, Relation, Retracted } from "../model/event.ts";

/**
 * The envelope of a stored draft. All fields are always present, so that every envelope has one shape for the
 * optimiser. An origin id that is released later is no part of it: it means nothing outside its exchange.
 */
export function envelopeOf(draft: DatedDraft, seq: number): Envelope {
  return {
    type: "entry",
    conversation: draft.conversation,
    seq,
    kind: draft.kind,
    mid: draft.mid,
    at: draft.at,
    author: draft.author,
    device: draft.device,
    originId: draft.originReleased === true ? undefined : draft.originId,
    body: draft.body,
    bytes: draft.bytes,
    extensions: draft.extensions,
    relation: draft.relation,
    retracted: undefined,
  };
}

/** What is compared, and what is not. */
type Comparable = Partial<Omit<DatedDraft, "extensions">> & { readonly extensions?: unknown };

/** Whether a second message under the same origin id is a retry rather than another message (P3). */
export function sameContent(first: Partial<Envelope>, again: Comparable): boolean {
  if (first.retracted !== undefined) return true; // what it said is not there to compare
  return (
    first.body === again.body &&
    sameBytes(first.bytes, again.bytes) &&
    relationText(first.relation) === relationText(again.relation)
  );
}

/** The relation as adapters keep it, its fields always in this order; undefined for none. */
export function relationText(relation: Relation | undefined): string | undefined {
  if (relation === undefined) return undefined;
  const { target, thread, emojis, reason, room, password, declined, continues, forwarded, pinned, call } = relation;
  const named =
    target === undefined ? undefined : { seq: target.seq, mid: target.mid, author: target.author, id: target.id };
  const origin = forwarded && {
    from: forwarded.from,
    at: forwarded.at,
    body: forwarded.body,
    claimed: forwarded.claimed,
  };
  const step = call && { id: call.id, action: call.action, media: call.media, why: call.why };
  const rest = { thread, emojis, reason, room, password, declined, continues, forwarded: origin, pinned, call: step };
  return JSON.stringify({ target: named, ...rest });
}

export function relationOfText(text: string | null): Relation | undefined {
  return text === null ? undefined : (JSON.parse(text) as Relation);
}

/** What a retraction leaves of what it retracts; of an edit also which entry it was about. */
export function tombstoneOf(entry: Envelope, retracted: Retracted): Envelope {
  const target = entry.kind === "edit" ? entry.relation?.target : undefined;
  return {
    ...entry,
    memo: undefined, // what was encoded of it is gone, too
    body: undefined,
    bytes: undefined,
    extensions: labelsOf(entry.extensions),
    relation: target === undefined ? undefined : { target },
    retracted,
  };
}

/** The mark that a retraction leaves on what it retracts. */
export function retractedBy(draft: Omit<DatedDraft, "extensions">, seq: number): Retracted {
  return { seq, mid: draft.mid, by: draft.author, at: draft.at, reason: draft.relation?.reason };
}

function labelsOf(extensions: Extensions | undefined): Extensions | undefined {
  const labels = Object.entries(extensions ?? {}).filter(([name]) => name.includes(":"));
  return labels.length === 0 ? undefined : Object.fromEntries(labels);
}

function sameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}
