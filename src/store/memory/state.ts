// All that the memory store holds: maps, and keys that join names with a character no name has.
import type { Account, Contact } from "../../model/account.ts";
import type { Member, Room } from "../../model/conversation.ts";
import type { Envelope, Publication } from "../../model/event.ts";
import type { NodeItem, NodeMember, PubNode } from "../../model/node.ts";
import { membersOfDirect, type ConversationId, type DeviceId, type UserId } from "../../model/ids.ts";
import type { KeptTokens } from "../client-tokens.ts";
import type { DeviceRecord, MemberMarks, Queued } from "../store.ts";

export interface State {
  readonly logs: Map<ConversationId, ConversationLog>;
  readonly entryOfMid: Map<string, Envelope>;
  /** By author, conversation and origin id. */
  readonly origins: Map<string, Envelope>;
  /** By author and origin id, then by conversation (`""` for plain topics). */
  readonly heldOrigins: Map<string, Map<string, HeldOrigin>>;
  /** By user and device, then by conversation. */
  readonly cursors: Map<string, Map<ConversationId, number>>;
  readonly queues: Map<string, Queue>;
  /** Publications enqueued so far. */
  publications: number;
  /** By host and topic. */
  readonly retained: Map<string, Publication>;
  readonly devices: Map<string, DeviceRecord>;
  /** When each node was seen last. */
  readonly nodes: Map<string, number>;
  readonly rooms: Map<ConversationId, Room>;
  readonly accounts: Map<UserId, Account>;
  /** By owner, then by contact. */
  readonly contacts: Map<UserId, Map<UserId, Contact>>;
  readonly rosters: Map<UserId, Roster>;
  /** By owner, then by name. */
  readonly data: Map<UserId, Map<string, string>>;
  /** By owner, then by client. */
  readonly clientTokens: Map<UserId, Map<string, KeptTokens>>;
  readonly secrets: Map<string, string>;
  /** By owner, then by name. */
  readonly nodesOf: Map<string, Map<string, KeptNode>>;
}

export interface ConversationLog {
  /** All there ever were; the first `pruned` of them are not shown any more. */
  readonly entries: Envelope[];
  pruned: number;
  readonly members: Map<UserId, Member>;
  readonly marks: Map<UserId, MemberMarks>;
  /** Whether the members of a direct conversation have been written. */
  peopled: boolean;
}

export interface HeldOrigin {
  readonly device: DeviceId;
  /** Undefined for an enqueued publication. */
  readonly envelope: Envelope | undefined;
}

export interface Queue {
  readonly user: UserId;
  readonly device: DeviceId;
  last: number;
  readonly entries: Map<number, Queued & { readonly order: number }>;
}

/** Items in the order of their publication. */
export interface KeptNode {
  node: PubNode;
  readonly items: Map<string, NodeItem>;
  readonly members: Map<string, NodeMember>;
}

/** When each line of a contact list last changed, those that are gone included. */
export interface Roster {
  version: number;
  readonly changedAt: Map<UserId, number>;
}

export function emptyState(): State {
  return {
    logs: new Map(),
    entryOfMid: new Map(),
    origins: new Map(),
    heldOrigins: new Map(),
    cursors: new Map(),
    queues: new Map(),
    publications: 0,
    retained: new Map(),
    devices: new Map(),
    nodes: new Map(),
    rooms: new Map(),
    accounts: new Map(),
    contacts: new Map(),
    rosters: new Map(),
    data: new Map(),
    clientTokens: new Map(),
    secrets: new Map(),
    nodesOf: new Map(),
  };
}

/** Joins names into one key, unambiguously. */
export function keyOf(...names: readonly string[]): string {
  return JSON.stringify(names);
}

/** The conversation's log, made empty when there is none. */
export function logOf(state: State, conversation: ConversationId): ConversationLog {
  let log = state.logs.get(conversation);
  if (log === undefined) {
    const peopled = membersOfDirect(conversation) === undefined;
    log = { entries: [], pruned: 0, members: new Map(), marks: new Map(), peopled };
    state.logs.set(conversation, log);
  }
  return log;
}

export function headOf(state: State, conversation: ConversationId): number {
  return state.logs.get(conversation)?.entries.length ?? 0;
}
