// The core as its front-ends see it. Each part is one concept; what they share is the session.
import type { ClientTokens } from "./core-client-tokens.ts";
import type { Attentions } from "./core-attention.ts";
import type { Conversations } from "./core-conversations.ts";
import type { AccountData, Accounts, Blocks, Contacts } from "./core-accounts.ts";
import type { Nodes } from "./core-nodes.ts";
import type { Presence, Signals } from "./core-signals.ts";
import type { Pushes } from "./core-pushes.ts";
import type { Topics } from "./core-topics.ts";
import type { Uploads } from "./core-uploads.ts";
import type { Will } from "./core-wills.ts";
import type { Affiliation, Member, Role, Room, RoomSettings } from "./model/conversation.ts";
import type { Delivery, Draft, Envelope, Extensions, OccupantSignal, Show } from "./model/event.ts";
import type { OccupantCause } from "./model/occupant-cause.ts";
import type { Fault } from "./model/fault.ts";
import type { ConversationId, DeviceId, OriginId, UserId } from "./model/ids.ts";
import type { Clock } from "./ops/clock.ts";
import type { Logger } from "./ops/log.ts";
import type { DeviceRecord } from "./store/store.ts";

export type * from "./core-client-tokens.ts";
export type * from "./core-attention.ts";
export type * from "./core-conversations.ts";
export type * from "./core-search.ts";
export type * from "./core-accounts.ts";
export type * from "./core-nodes.ts";
export type * from "./core-signals.ts";
export type * from "./core-pushes.ts";
export type * from "./core-topics.ts";
export type * from "./core-uploads.ts";
export type * from "./core-wills.ts";

export interface Core {
  /** The tenant served: accounts are `name@host`. */
  readonly host: string;
  /** Names this server among others: the same on all its nodes, and after a restart. */
  readonly id: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly accounts: Accounts;
  readonly clientTokens: ClientTokens;
  readonly contacts: Contacts;
  readonly accountData: AccountData;
  readonly blocks: Blocks;
  /** Undefined where no files are kept. */
  readonly uploads: Uploads | undefined;
  readonly sessions: Sessions;
  readonly router: Router;
  readonly conversations: Conversations;
  readonly rooms: Rooms;
  readonly presence: Presence;
  readonly signals: Signals;
  readonly topics: Topics;
  readonly nodes: Nodes;
  readonly attention: Attentions;
  readonly pushes: Pushes;
  /** A random text of that name that all nodes share and no client learns. */
  secret(name: string): Promise<string>;
}

/** A device's state here while it is attached; may outlive sockets. */
export interface Session {
  /** Unique for each attach. */
  readonly id: string;
  readonly user: UserId;
  readonly device: DeviceId;
  /** What the server remembered of the device when it attached. */
  readonly known: DeviceRecord | undefined;
  /** Deliveries in the outbox. */
  readonly waiting: number;
  /** How full the outbox is: 0 empty, 1 at its bound. */
  readonly fullness: number;
  /** False once detached or ended; everything is refused or ignored from then on. */
  readonly attached: boolean;
  /** Removes and returns at most `max` deliveries, oldest first. */
  take(max: number): readonly Delivery[];
}

export interface AttachOptions {
  readonly user: UserId;
  readonly device: DeviceId;
  /**
   * Whether the device hears its own messages live: in `rooms` (MUC reflection, MQTT), or `never` (JSON: the reply says all).
   * On catch-up `never` still gets them, since the reply may have been lost.
   */
  readonly echo: "rooms" | "never";
  /** QoS 1 and 2 publications on plain topics are queued durably for it, attached or not. */
  readonly durable: boolean;
  /** A front-end's own durable state, stored with the device; see `DeviceRecord.state`. */
  readonly state?: string | undefined;
  /** How long the server remembers the device after it detaches, or is cut off by a crash. */
  readonly rememberMs: number;
  /** What the client logged in with is good until then, Unix milliseconds: the session ends (`revoked`). */
  readonly until?: number | undefined;
  /** Forget what is known of the device first (MQTT clean start). */
  readonly fresh?: boolean | undefined;
  /** The front-end tells of the acknowledgement of each delivery that has `terms.queued`; else taken is acknowledged. */
  readonly settles?: boolean | undefined;
  /** What is said in the device's name unless it takes its leave; stored when `attach` resolves. */
  readonly will?: Will | undefined;
  /** Called when the outbox went from empty to non-empty; at most once until the next `take`. Schedule a drain for the end of the tick. */
  wake(): void;
  /**
   * The core ends the session (replaced, slow consumer, draining, account removed): say so in the protocol's words, close,
   * and detach as ever.
   */
  ended(fault: Fault): void;
}

export interface Sessions {
  /**
   * Attaches the device. A session of the same device, here or on another node, is ended first (`session-replaced`).
   * Resolves when the node hears what concerns the user.
   */
  attach(options: AttachOptions): Promise<Session>;
  /**
   * Ends the session in good order. `keep` remembers the device (cursors, subscriptions, queue) for its `rememberMs`
   * (`forMs` overrides); otherwise the device is forgotten, and a device of that name starts as new. Its will is due,
   * unless it was withdrawn. `state` as in `remember`, in the same write.
   */
  detach(session: Session, keep: boolean, forMs?: number, state?: string): Promise<void>;
  /** The device takes its leave: nothing is said in its name when it detaches. */
  withdrawWill(session: Session): void;
  /** Replaces the durable front-end state of an attached device. Durable when it resolves. */
  remember(session: Session, state: string): Promise<void>;
  /** The client of the session has logged in anew: with what is good until then, or for good. */
  extend(session: Session, until: number | undefined): void;
  /** Sessions of the account on this node. */
  of(user: UserId): readonly Session[];
}

/** Where answers go: no closure and no promise per message. Called in no particular order; see `Answers` for order. */
export interface Settler {
  settled(ticket: number, outcome: Sent | Fault): void;
}

export interface Sent {
  readonly envelope: Envelope;
  readonly duplicate: boolean;
}

export interface Router {
  /**
   * Stores the draft, then settles, then fans out (P1, P2, P3). May settle at once (refused by policy).
   * Faults: not-found (no such peer, room, target), forbidden, conflict (same origin id, other content; target retracted), too-large,
   * rate-limited, unavailable. Drafts of one session to one conversation keep their order.
   */
  send(draft: Draft, settler: Settler, ticket: number): void;
  /** The same for code off the hot path; rejects with the Fault. */
  sendOne(draft: Draft): Promise<Sent>;
  /** Frees released origin ids; durable when it settles without a Fault. For MQTT: before PUBCOMP. */
  release(author: UserId, originId: OriginId, done: (fault: Fault | undefined) => void): void;
}

/** What an owner may set; with `create`, what is not as usual. */
export type RoomOptions = Partial<RoomSettings & Pick<Room, "title" | "open" | "listed">>;

export interface AffiliationChange {
  readonly user: UserId;
  readonly affiliation: Affiliation;
  /** Reserved for a member. */
  readonly nick?: string | undefined;
  readonly reason?: string | undefined;
}

export interface OccupantOptions {
  readonly nick: string;
  readonly show?: Show | undefined;
  readonly status?: string | undefined;
  readonly extensions?: Extensions | undefined;
  /** Where the room asks for one, of those who have not joined. */
  readonly password?: string | undefined;
}

export interface Rooms {
  find(id: ConversationId): Promise<Room | undefined>;
  /** Faults: conflict (taken), bad-request (name). The creator is its owner. */
  create(id: ConversationId, owner: UserId, options?: RoomOptions): Promise<Room>;
  /** Owners only. Who may not be in the room any more has to go. Returns the room as it is now. Fault: forbidden. */
  update(id: ConversationId, by: UserId, changes: RoomOptions): Promise<Room>;
  /** Owners only: with its log, its members and its occupants, who are told why. */
  remove(id: ConversationId, by: UserId, why?: Omit<OccupantCause, "what" | "by">): Promise<void>;
  list(limit: number): Promise<readonly Room[]>;
  members(id: ConversationId): Promise<readonly Member[]>;
  affiliation(id: ConversationId, user: UserId): Promise<Affiliation>;
  /** Becomes a member for good: inboxes with rooms follow it from now on. Faults: not-found, forbidden, unauthorized (password). */
  join(id: ConversationId, user: UserId, password?: string): Promise<void>;
  leave(id: ConversationId, user: UserId): Promise<void>;
  setAffiliation(id: ConversationId, by: UserId, user: UserId, affiliation: Affiliation): Promise<void>;
  /** All or none is allowed. Faults: forbidden, conflict (no owner left, oneself banned, nick taken), quota-exceeded. */
  setAffiliations(id: ConversationId, by: UserId, changes: readonly AffiliationChange[]): Promise<void>;
  /** Gives or takes voice and the like from who goes by the nick now; `none` is a kick. Faults: not-found, forbidden. */
  setRole(id: ConversationId, by: UserId, nick: string, role: Role | "none", reason?: string): Promise<void>;
  /** Makes the account a member by its own asking, under a nick nobody else may have. Faults: forbidden, conflict. */
  reserve(id: ConversationId, user: UserId, nick: string): Promise<void>;
  /** Gives up the nick; and membership, unless the account stands higher. */
  unregister(id: ConversationId, user: UserId): Promise<void>;
  /** The room, when `by` may ask the guest in, who is let in where only members are. Faults: not-found, forbidden. */
  mayInvite(id: ConversationId, by: UserId, guest: UserId): Promise<Room>;
  /**
   * Makes the session an occupant, and returns who was there before it, the session itself and those of hidden roles not
   * included. All sessions following the room hear an OccupantSignal, unless its role is hidden. Entering again with another nick
   * renames. Faults: not-found, forbidden, conflict (another account has the nick, or has reserved it), unauthorized
   * (password), quota-exceeded (full).
   */
  enter(session: Session, id: ConversationId, options: OccupantOptions): Promise<readonly OccupantSignal[]>;
  /** `saying`: a last word for those who stay. */
  exit(session: Session, id: ConversationId, saying?: string): void;
  /** Everybody who is there: in a large room a long list. */
  occupants(id: ConversationId): readonly OccupantSignal[];
  occupantCount(id: ConversationId): number;
  occupant(id: ConversationId, user: UserId, device: DeviceId): OccupantSignal | undefined;
  /** The devices of the account that are there. */
  occupantsOf(id: ConversationId, user: UserId): readonly OccupantSignal[];
  /** Whoever goes by the nick: nobody, or devices of one account. */
  occupantsNamed(id: ConversationId, nick: string): readonly OccupantSignal[];
}
