// What travels: drafts become envelopes; receipts and signals go beside them; publications are plain topics.
import type { AttentionSignal } from "./attention.ts";
import type { Contact } from "./account.ts";
import type { Affiliation, Hat, Role, RoomSettings } from "./conversation.ts";
import type { NodeSignal } from "./node-event.ts";
import type { ConversationId, DeviceId, MessageId, OriginId, UserId } from "./ids.ts";
import type { OccupantCause } from "./occupant-cause.ts";
import type { DraftRelation, Relation, Retracted } from "./relation.ts";
import type { ShareAddress } from "./share-address.ts";

export * from "./relation.ts";

/**
 * What only one protocol understands, by front-end name, serialised by it and never read by the core (P10). A name with a
 * colon is a label rather than content, and survives a retraction: `xmpp:id` is how XMPP's clients call the entry.
 */
export type Extensions = Readonly<Record<string, string>>;

/**
 * What a log entry says. `subject` is a room's own; an edit, a retraction, a reaction and a pin are about an earlier message; a
 * call is one step of agreeing on one.
 */
export type EntryKind =
  | "message"
  | "subject"
  | "membership"
  | "edit"
  | "retraction"
  | "reaction"
  | "invitation"
  | "pin"
  | "call";

export interface Content {
  /** Text every protocol can show. */
  readonly body?: string | undefined;
  /** A payload that is no UTF-8 text. */
  readonly bytes?: Uint8Array | undefined;
  readonly extensions?: Extensions | undefined;
}

/** A message not yet in its log. */
export interface Draft extends Content {
  readonly conversation: ConversationId;
  readonly kind: EntryKind;
  readonly author: UserId;
  readonly device: DeviceId;
  /** Names the draft once; a second append under it writes nothing and returns the first. */
  readonly originId?: OriginId | undefined;
  /** The origin id names the draft only until it is released (MQTT QoS 2: until PUBREL), and is then free again. */
  readonly originReleased?: boolean | undefined;
  readonly relation?: DraftRelation | undefined;
}

/** A draft as the store takes it: named and dated by the router, its target found. */
export interface DatedDraft extends Draft {
  readonly relation?: Relation | undefined;
  readonly mid: MessageId;
  /** Unix time, milliseconds. */
  readonly at: number;
}

/** One entry of a log. */
export interface Envelope extends Content, Memo {
  readonly type: "entry";
  readonly conversation: ConversationId;
  /** Dense within the conversation: 1, 2, 3 … */
  readonly seq: number;
  readonly kind: EntryKind;
  readonly mid: MessageId;
  readonly at: number;
  readonly author: UserId;
  readonly device: DeviceId;
  readonly originId?: OriginId | undefined;
  readonly relation?: Relation | undefined;
  /** Set once it is retracted: body, bytes and extensions are no more. */
  readonly retracted?: Retracted | undefined;
}

export type Mark = "delivered" | "read";

/** A member's mark in a conversation moved to `seq`; cumulative. */
export interface Receipt extends Memo {
  readonly type: "receipt";
  readonly conversation: ConversationId;
  readonly seq: number;
  readonly user: UserId;
  readonly mark: Mark;
  readonly at: number;
}

export type TypingState = "active" | "composing" | "paused" | "inactive" | "gone";
export type Show = "available" | "chat" | "away" | "xa" | "dnd";

/** XEP-0085-like state of one device in a conversation; decays after `ttlMs`. */
export interface TypingSignal extends Memo {
  readonly type: "signal";
  readonly name: "typing";
  readonly conversation: ConversationId;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly state: TypingState;
  readonly ttlMs: number;
}

/** What one device of an account says of its availability. */
export interface PresenceSignal extends Memo {
  readonly type: "signal";
  readonly name: "presence";
  readonly user: UserId;
  readonly device: DeviceId;
  readonly available: boolean;
  readonly show: Show;
  readonly status?: string | undefined;
  readonly priority: number;
  readonly extensions?: Extensions | undefined;
}

/** Somebody entered, changed in, or left a room. */
export interface OccupantSignal extends Memo {
  readonly type: "signal";
  readonly name: "occupant";
  readonly conversation: ConversationId;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly nick: string;
  /** Set when the occupant changed its nick: the new one. */
  readonly renamed?: string | undefined;
  readonly present: boolean;
  readonly show: Show;
  readonly status?: string | undefined;
  readonly extensions?: Extensions | undefined;
  /** As the occupant's own node knows it. */
  readonly affiliation: Affiliation;
  readonly role: Role;
  /** The others are not told of who has that role here. */
  readonly hidden?: true | undefined;
  readonly hats?: readonly Hat[] | undefined;
  /** When it took the nick, Unix milliseconds: of two who were let in under one by two nodes, the first keeps it. */
  readonly since?: number | undefined;
  /** What made it so, where it was not the occupant. */
  readonly cause?: OccupantCause | undefined;
}

/** A room is not what it was, or is no more. */
export interface RoomSignal extends Memo {
  readonly type: "signal";
  readonly name: "room";
  readonly conversation: ConversationId;
  /** What an owner has set anew; empty when somebody's affiliation changed, or the room is gone. */
  readonly changed: readonly (keyof RoomSettings | "title" | "open" | "listed")[];
  readonly archived: boolean;
  readonly addresses: RoomSettings["addresses"];
  /** Somebody who is not in the room stands otherwise with it. */
  readonly member?: { readonly user: UserId; readonly affiliation: Affiliation; readonly reason?: string | undefined };
  readonly destroyed?: OccupantCause | undefined;
}

/** A front-end's own words to another of its sessions, carried unread and at most once (an XMPP IQ, say). */
export interface RelaySignal extends Memo {
  readonly type: "signal";
  readonly name: "relay";
  readonly frontend: string;
  readonly from: UserId;
  readonly fromDevice: DeviceId;
  readonly to: UserId;
  /** One device; undefined means all devices of the account. */
  readonly toDevice?: DeviceId | undefined;
  readonly payload: string;
}

/** A line of the account's contact list changed; for all its sessions. */
export interface ContactSignal extends Memo {
  readonly type: "signal";
  readonly name: "contact";
  /** Whose list. */
  readonly user: UserId;
  readonly contact: UserId;
  /** Undefined: it is gone from the list. */
  readonly line: Contact | undefined;
  /** Of the list, from this change on. */
  readonly version: number;
  /** The session that changed it, and its device. */
  readonly by?: string | undefined;
  readonly byDevice?: DeviceId | undefined;
}

/** The account blocked somebody, or does not any more; for all its sessions. */
export interface BlockingSignal extends Memo {
  readonly type: "signal";
  readonly name: "blocking";
  /** Whose list. */
  readonly user: UserId;
  /** Accounts, or whole hosts. Empty with `blocked` false: all that were. */
  readonly addresses: readonly string[];
  readonly blocked: boolean;
  /** The session that changed it. */
  readonly by?: string | undefined;
}

export type Signal =
  | TypingSignal
  | PresenceSignal
  | OccupantSignal
  | RoomSignal
  | RelaySignal
  | ContactSignal
  | BlockingSignal
  | AttentionSignal
  | NodeSignal;

/** A message on a plain topic. */
export interface Publication extends Memo {
  readonly type: "publication";
  /** The tenant the topic lives in. */
  readonly host: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly author: UserId;
  readonly device: DeviceId;
  readonly at: number;
  /** Unix time in milliseconds after which it is not delivered any more. */
  readonly expiresAt?: number | undefined;
  readonly extensions?: Extensions | undefined;
  /** From node to node: for this member of a shared subscription, and for nobody else. */
  readonly to?: ShareAddress | undefined;
}

/** Anything that travels. */
export type Event = Envelope | Receipt | Signal | Publication;

/**
 * Encode-once scratch space; an event that hundreds get is encoded by the first and reused by the rest. A publication that has none
 * is for one: noting how it was encoded would cost more than encoding it.
 */
export interface Memo {
  memo?: unknown[] | undefined;
}

let slots = 0;

/** Reserves a slot of `memo` for one encoding, once at module load. */
export function memoSlot(): number {
  return slots++;
}

/** The value in the event's slot, made by `make` the first time. */
export function memoized<E extends Memo, T>(event: E, slot: number, make: (event: E) => T): T {
  const memo = (event.memo ??= []);
  return (memo[slot] ??= make(event)) as T;
}

/** One event on its way to one device; shared by all devices that get it under the same terms. */
export interface Delivery {
  readonly event: Event;
  /** From the log or a queue rather than live: say when it was written (`<delay/>`, `at`). */
  readonly late: boolean;
  /** The device may have had it before, without acknowledging (DUP, `redelivered`). */
  readonly redelivered: boolean;
  /** Of what is overheard (`people/guests.ts`): another node has stored it. */
  readonly elsewhere?: boolean | undefined;
  /** Terms of a plain-topic delivery; undefined for any other event. */
  readonly terms?: TopicTerms | undefined;
}

export interface TopicTerms {
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly subscriptionIds?: readonly number[] | undefined;
  /**
   * To settle once acknowledged. For a durable session the entry of its queue, dense per device, from 1; for another
   * what it was given as a member of a shared subscription.
   */
  readonly queued?: number | undefined;
}
