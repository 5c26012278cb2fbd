// What every adapter must agree on about entries: their shape, and when two drafts say the same.
import type { Content, DatedDraft, Envelope } from "../model/event.ts";

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
  };
}

/** Whether a second message under the same origin id is a retry rather than another message (P3). */
export function sameContent(one: Content, other: Content): boolean {
  return one.body === other.body && sameBytes(one.bytes, other.bytes);
}

function sameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}
