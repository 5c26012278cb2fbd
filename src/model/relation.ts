// What an entry has to do with others.
import type { ConversationId, MessageId, UserId } from "./ids.ts";

/** An earlier entry of the same conversation, as one that is about it names it. */
export interface Target {
  readonly seq: number;
  readonly mid: MessageId;
  readonly author: UserId;
  /** How its sender's protocol calls it: its label `…:id`. */
  readonly id?: string | undefined;
}

/** What an entry has to do with others. */
export interface Relation {
  /** What an edit, a retraction or a reaction is about; what a message replies to. */
  readonly target?: Target | undefined;
  /** The thread it belongs to, under the name its first author gave it. */
  readonly thread?: string | undefined;
  /** The author's whole reaction to the target, which replaces the one before; empty takes it back. */
  readonly emojis?: readonly string[] | undefined;
  /** Why a message was retracted, somebody is invited, or declines. */
  readonly reason?: string | undefined;
  /** Where an invitation leads, with the password that is asked there. */
  readonly room?: ConversationId | undefined;
  readonly password?: string | undefined;
  /** The invitation goes on with what the two, or others, were talking about; `thread` may name it. */
  readonly continues?: true | undefined;
  /** It is no invitation, but the answer to one: not wanted. */
  readonly declined?: true | undefined;
  /** The message was said before, elsewhere. */
  readonly forwarded?: Forwarded | undefined;
  /** Of a pin: the target is kept in view from now on, or not any more. */
  readonly pinned?: boolean | undefined;
  readonly call?: CallStep | undefined;
}

/** A call's name is no longer, and it has no more media than this; media and reasons are such words. */
export const longestCallId = 256;
export const mostMedia = 8;
export const callWord = /^[a-z0-9-]{1,40}$/;

export const callActions = ["propose", "ringing", "proceed", "reject", "retract", "finish"] as const;

/** One step of agreeing on a call: what is rung, taken, refused, called off, ended. Its media take another road. */
export interface CallStep {
  /** The caller's name for the call. */
  readonly id: string;
  readonly action: (typeof callActions)[number];
  /** Of a proposal: `audio`, `video`. */
  readonly media?: readonly string[] | undefined;
  /** A word of Jingle's (XEP-0166 §7.4): `busy`, `cancel`, `success`. */
  readonly why?: string | undefined;
}

/** Where a forwarded message comes from; the conversation it was said in is nobody's business. */
export interface Forwarded {
  /** Who said it; undefined where that is hidden. */
  readonly from?: UserId | undefined;
  readonly at?: number | undefined;
  /** The forwarded text, where the message's own body is its sender's. */
  readonly body?: string | undefined;
  /** It is the sender's word alone: the server has not seen the original. */
  readonly claimed?: true | undefined;
}

/** A relation as it is asked for: the router finds the target. */
export interface DraftRelation extends Omit<Relation, "target"> {
  readonly target?: { readonly seq: number } | { readonly mid: MessageId } | undefined;
}

/** What became of an entry whose content is gone: it, and the edits of it, keep their places in the log. */
export interface Retracted {
  /** The retraction's. */
  readonly seq: number;
  readonly mid: MessageId;
  readonly by: UserId;
  readonly at: number;
  readonly reason?: string | undefined;
}
