// What the core asks of storage. One adapter a folder, one contract suite for all (src/testing/store-contract.ts).
import type { Account, Contact } from "../model/account.ts";
import type { Affiliation, Member, Room } from "../model/conversation.ts";
import type { DatedDraft, Envelope, Mark } from "../model/event.ts";
import type { ConversationId, DeviceId, MessageId, NodeId, OriginId, UserId } from "../model/ids.ts";
import type { ArchivePage, ArchiveQuery } from "./archive.ts";
import type { Enqueue, Enqueued, QueueSettle, RetainedChange, Topics, TopicSubscription } from "./topic-store.ts";

import type { ClientTokenStore } from "./client-tokens.ts";
import type { KeptLogs } from "./kept.ts";
import type { NodeStore } from "./nodes.ts";
import type { Search } from "./search.ts";

export type { ArchivePage, ArchiveQuery } from "./archive.ts";
export type * from "./client-tokens.ts";
export type * from "./nodes.ts";
export type * from "./topic-store.ts";

/**
 * The hot path: everything that came since the last commit, as one durable transaction
 * (fsync or the database's commit). Each array is applied in order; the arrays in the order below.
 */
export interface Batch {
  /** Origin ids that are free again (MQTT QoS 2: PUBREL). Applied first. */
  readonly releases: readonly Release[];
  readonly appends: readonly DatedDraft[];
  readonly enqueues: readonly Enqueue[];
  readonly advances: readonly CursorAdvance[];
  readonly marks: readonly MarkAdvance[];
  readonly settles: readonly QueueSettle[];
  readonly pins: readonly RetainedChange[];
}

/** What became of each append and enqueue, in the order of the batch's arrays. */
export interface Committed {
  readonly appended: readonly Appended[];
  readonly enqueued: readonly Enqueued[];
}

/**
 * `new`: stored now, with its seq; also for a draft whose message id is stored already, so that a commit whose
 * outcome was not known can be repeated. `duplicate`: the author's origin id was known with the same body, bytes and relation;
 * the first envelope. `conflict`: known with others; nothing was written. An origin id that is released later is no
 * part of the envelope.
 */
export type Appended =
  | { readonly outcome: "new" | "duplicate"; readonly envelope: Envelope }
  | { readonly outcome: "conflict" };

export interface Release {
  readonly author: UserId;
  readonly originId: OriginId;
}

/** The device has acknowledged everything up to `seq`. Never moves back. */
export interface CursorAdvance {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly conversation: ConversationId;
  readonly seq: number;
}

/** The account's mark. `read` implies `delivered`. Never moves back. */
export interface MarkAdvance {
  readonly user: UserId;
  readonly conversation: ConversationId;
  readonly mark: Mark;
  readonly seq: number;
  readonly at: number;
}

/** A direct conversation, or a joined room, in which the device is behind, and from where. */
export interface Backlog {
  readonly conversation: ConversationId;
  /** Last seq the device has (its own cursor; for a device unknown to the conversation, the account's delivered mark). */
  readonly after: number;
  readonly head: number;
}

/** A member's view of one conversation. */
export interface ConversationState {
  readonly conversation: ConversationId;
  readonly head: number;
  /** Unix milliseconds of the last entry; 0 when empty. */
  readonly lastAt: number;
  /** Of both members of a direct conversation; of a room, the account's own only. */
  readonly marks: readonly MemberMarks[];
}

export interface MemberMarks {
  readonly user: UserId;
  readonly delivered: number;
  readonly read: number;
  /** When one of them last moved, Unix milliseconds. */
  readonly at: number;
}

/** A device that the server remembers between connections. */
export interface DeviceRecord {
  readonly user: UserId;
  readonly device: DeviceId;
  /** Opaque to the store and the core: a front-end's own durable session state, JSON. */
  readonly state: string;
  /** Plain-topic subscriptions that collect while the device is away. */
  readonly subscriptions: readonly TopicSubscription[];
  /** When it last connected, Unix milliseconds. */
  readonly attachedAt: number;
  /** When it last disconnected in good order; 0 while connected (or when the server was killed). */
  readonly detachedAt: number;
  /** When the record and its queue may be forgotten; undefined: never. Renewed while it is attached. */
  readonly expiresAt?: number | undefined;
  /** Where it attached last. */
  readonly node?: NodeId | undefined;
  /** What is to be said when it goes without a word; opaque to the store. A record with one does not expire. */
  readonly will?: string | undefined;
  /** When the will is due: set once the device has gone. */
  readonly willAt?: number | undefined;
}

/** Attached devices: each record whose `attachedAt` is this one gets the new expiry. */
export interface Renewal {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly attachedAt: number;
  readonly expiresAt: number;
}

/** Whose connections have ended without anybody noticing. */
export interface Gone {
  /** Nodes that gave no sign of life since (Unix milliseconds) are dead. */
  readonly silentSince: number;
  /** This node, and when it started: what attached to it before that is gone, too. */
  readonly node: NodeId;
  readonly startedAt: number;
}

/** The log and all that moves with each message. */
export interface Log {
  /**
   * One transaction, applied in the order of the calls. The seq of each append is assigned under the conversation's lock, dense, in array order.
   * An append of kind `retraction` takes its target's content away, and that of the target's edits, those to come included:
   * they are read as tombstones from then on (`Envelope.retracted`).
   * Rejects as a whole (nothing written) with Fault `unavailable` when storage is out of reach; a failed fsync is
   * fatal: the adapter rejects this and everything after it.
   */
  commit(batch: Batch): Promise<Committed>;
  /** Entries with seq > after, ascending, at most `limit`. */
  read(conversation: ConversationId, after: number, limit: number): Promise<readonly Envelope[]>;
  /** Entries with seq < before, the last `limit` of them, ascending. */
  readBefore(conversation: ConversationId, before: number, limit: number): Promise<readonly Envelope[]>;
  /** A page of an archive; undefined when an entry that the query names is not in it. */
  archive(query: ArchiveQuery): Promise<ArchivePage | undefined>;
  /** Head seq of each, 0 for a conversation without entries; in the order asked. */
  heads(conversations: readonly ConversationId[]): Promise<readonly number[]>;
  /** The entry of that name, if it is in this conversation. */
  entry(conversation: ConversationId, mid: MessageId): Promise<Envelope | undefined>;
  /** The pins in force, the first pinned first: each target's last pin, unless that takes it off, or the target is retracted. */
  pins(conversation: ConversationId, limit: number): Promise<readonly Envelope[]>;
  /** The entry that the author named so, if any. */
  find(conversation: ConversationId, author: UserId, originId: OriginId): Promise<Envelope | undefined>;
  /** Direct conversations and joined rooms in which this device has not acknowledged the head. */
  backlog(user: UserId, device: DeviceId): Promise<readonly Backlog[]>;
  /**
   * Where the device is in one conversation: its cursor, else the account's delivered mark, else 0. The mark moves with
   * the account's other devices: what a device is shown without a cursor of its own must first be pinned by advancing
   * its cursor to where it begins (0 is a cursor too). For one without, that has been listening `since` (Unix ms), the
   * mark is no more than the last entry from before.
   */
  cursor(user: UserId, device: DeviceId, conversation: ConversationId, since?: number): Promise<number>;
  marks(conversation: ConversationId): Promise<readonly MemberMarks[]>;
  /** All conversations of an account (directs, joined rooms), latest first. */
  conversations(user: UserId, limit: number): Promise<readonly ConversationState[]>;
}

export interface Devices {
  device(user: UserId, device: DeviceId): Promise<DeviceRecord | undefined>;
  /** Whether anything is stored of the device: a record, queue entries, cursors, unreleased origin ids. */
  knows(user: UserId, device: DeviceId): Promise<boolean>;
  /** Creates or replaces the record, but for one of a later `attachedAt`; its queue and cursors stay. */
  putDevice(record: DeviceRecord): Promise<void>;
  /**
   * Forgets the device with its queue, cursors and unreleased origin ids; what is in the queue for shared subscriptions
   * stays there until somebody takes it, and positions go on from the last that was given. With `attachedAt` unless it
   * has attached again since. False when it stays, or when there was no record.
   */
  removeDevice(user: UserId, device: DeviceId, attachedAt?: number): Promise<boolean>;
  renew(renewals: readonly Renewal[]): Promise<void>;
  /** Takes the will of that attachment out of the record: true for one caller only, however many ask. */
  takeWill(user: UserId, device: DeviceId, attachedAt: number): Promise<boolean>;
  /** Devices whose will is due by then, the earliest first. */
  dueWills(byMs: number, limit: number): Promise<readonly DeviceRecord[]>;
  /** Devices with a will that have gone without anybody noticing. */
  orphans(gone: Gone, limit: number): Promise<readonly DeviceRecord[]>;
  /** A sign of life of a node. */
  seen(node: NodeId, nowMs: number): Promise<void>;
  /** Every device that has plain-topic subscriptions (for the node's trie, at start). */
  subscribers(): AsyncIterable<readonly DeviceRecord[]>;
  /** Devices whose `expiresAt` has passed. */
  expired(nowMs: number, limit: number): Promise<readonly DeviceRecord[]>;
}

export interface Rooms {
  room(id: ConversationId): Promise<Room | undefined>;
  /** Creates the room with its owner, joined, in one transaction; false when the name is taken. */
  createRoom(room: Room, owner: UserId): Promise<boolean>;
  /** Title, open, listed and settings; nothing when there is no such room. */
  updateRoom(room: Room): Promise<void>;
  /** Removes the room with its log and members; one made anew under its name begins at seq 1. */
  removeRoom(id: ConversationId): Promise<boolean>;
  rooms(host: string, limit: number): Promise<readonly Room[]>;
  member(id: ConversationId, user: UserId): Promise<Member | undefined>;
  members(id: ConversationId): Promise<readonly Member[]>;
  /**
   * Sets affiliation and joined together; `none` and not joined is no member. A member that joins starts at the head
   * of that moment: its account's delivered mark is advanced to it, and older cursors of its devices are dropped, in
   * the same transaction. A nick replaces the one reserved; without one that stays. A reason does not stay.
   */
  putMember(
    id: ConversationId,
    user: UserId,
    affiliation: Affiliation,
    joined: boolean,
    more?: Pick<Member, "nick" | "reason">,
  ): Promise<void>;
}

export interface Accounts {
  account(user: UserId): Promise<Account | undefined>;
  /** False when the name is taken. */
  createAccount(account: Account): Promise<boolean>;
  /** Replaces the keys; false when there is no such account. */
  updateAccount(account: Account): Promise<boolean>;
  /**
   * Removes the account with its devices, memberships and contacts, in the others' lists too: nobody who takes the
   * name later inherits them. Its messages stay in the others' logs.
   */
  removeAccount(user: UserId): Promise<boolean>;
  accounts(limit: number, after?: UserId): Promise<readonly Account[]>;
  contacts(owner: UserId): Promise<readonly Contact[]>;
  contact(owner: UserId, contact: UserId): Promise<Contact | undefined>;
  /** The list's version from this change on: each counts one up. */
  putContact(contact: Contact): Promise<number>;
  /** As above; undefined when there was no such contact. */
  removeContact(owner: UserId, contact: UserId): Promise<number | undefined>;
  /** What changed since that version of the list; the whole list when it is not said, unknown, or too long ago. */
  contactChanges(owner: UserId, since: number | undefined): Promise<ContactChanges>;
  /** A small text kept with the account under a name; removed with it. Each is replaced as a whole, durably. */
  datum(owner: UserId, name: string): Promise<string | undefined>;
  /** Those whose names begin so, by name. */
  data(owner: UserId, prefix: string, limit: number): Promise<readonly AccountDatum[]>;
  /** Undefined removes it. */
  putDatum(owner: UserId, name: string, value: string | undefined): Promise<void>;
  /** A value that every node shares, made once: the first caller's `value` wins and is returned to all. */
  secret(name: string, value: string): Promise<string>;
}

export interface ContactChanges {
  readonly version: number;
  /** `changed` is the whole list, and nothing else is on it. */
  readonly whole: boolean;
  /** Those that changed, in the order of their last changes. */
  readonly changed: readonly ContactChange[];
}

export interface ContactChange {
  readonly contact: UserId;
  /** Undefined: it is gone from the list. */
  readonly line: Contact | undefined;
  readonly version: number;
}

export interface AccountDatum {
  readonly name: string;
  readonly value: string;
}

export interface Store
  extends Log, Search, KeptLogs, Topics, Devices, Rooms, Accounts, ClientTokenStore, NodeStore, AsyncDisposable {
  /** Opens, migrates, and resolves once usable. */
  start(): Promise<void>;
  /** Resolves when a trivial query has run; rejects otherwise. For readiness. */
  ping(): Promise<void>;
}
