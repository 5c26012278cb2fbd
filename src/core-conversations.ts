// What the core offers on conversations; a part of `core.ts`.
import type { Session } from "./core.ts";
import type { SearchPage, SearchQuestion } from "./core-search.ts";
import type { Content, DraftRelation, Envelope, Forwarded } from "./model/event.ts";
import type { ConversationId, MessageId, OriginId, UserId } from "./model/ids.ts";
import type { ArchivePage, ArchiveQuery, Backlog, ConversationState, MemberMarks } from "./store/store.ts";

/** Logs followed by a session: what is in them reaches its outbox, in seq order, without a hole (P2, P4). */
export interface Conversations {
  /**
   * Follows all direct conversations of the user, those to come included, and with `rooms` its joined rooms.
   * `cursor`: from what the device (a new one: the account) has acknowledged. `now`: only what comes from here on.
   * Resolves with what it was behind in, which is on its way.
   */
  openInbox(
    session: Session,
    options: { readonly rooms: boolean; readonly from: "cursor" | "now" },
  ): Promise<readonly Backlog[]>;
  shutInbox(session: Session): void;
  /**
   * What the device is behind in, of its direct conversations, it fetches by itself, or not at all: its inbox will not bring
   * it. No mark of the account moves. Nothing happens for a device that is not remembered. `within` as for an archive.
   */
  passOver(session: Session, within: Pick<ArchiveRequest, "only" | "but">): Promise<void>;
  /**
   * Follows one conversation, entries with seq > from. Faults: not-found, forbidden. Opening again moves nothing. A
   * number is where the client says it is: it counts as acknowledged only once `ack` says so.
   */
  open(session: Session, conversation: ConversationId, from: "cursor" | "now" | number): Promise<void>;
  /** False when it was not open. */
  shut(session: Session, conversation: ConversationId): boolean;
  /** The device has everything up to `seq`. Moves its cursor, and the account's delivered mark; a receipt goes out when that moved. */
  ack(session: Session, conversation: ConversationId, seq: number): void;
  /** The user has read everything up to `seq` (implies delivered). Faults: forbidden (not a member), bad-request (beyond the head). */
  read(session: Session, conversation: ConversationId, seq: number): void;
  /** Entries after `after`, ascending. Faults: not-found, forbidden. */
  history(user: UserId, conversation: ConversationId, after: number, limit: number): Promise<readonly Envelope[]>;
  /** The last entries before `before` (undefined: the end), ascending. */
  historyBefore(
    user: UserId,
    conversation: ConversationId,
    before: number | undefined,
    limit: number,
  ): Promise<readonly Envelope[]>;
  /**
   * A page of the account's archive, or of a conversation it may read. Undefined when an entry that the query names is
   * not in the archive. Faults: not-found, forbidden.
   */
  archive(user: UserId, query: ArchiveRequest): Promise<ArchivePage | undefined>;
  /**
   * Entries whose body holds every word of the text, of one conversation or of all direct ones and joined rooms.
   * Faults: bad-request (no word in it, or too many), not-found (also an entry that the page leans on), forbidden.
   */
  search(user: UserId, question: SearchQuestion): Promise<SearchPage>;
  /** The entry of that name, if it is in the conversation. Faults: not-found, forbidden. */
  entry(user: UserId, conversation: ConversationId, mid: MessageId): Promise<Envelope | undefined>;
  /**
   * What the account would say by forwarding a message that it may read: for a draft of its own. Of an edited message the
   * edit is named. Faults: not-found, forbidden, conflict (retracted), bad-request (nothing to say).
   */
  forwardable(user: UserId, conversation: ConversationId, target: NonNullable<DraftRelation["target"]>): Promise<Forward>; // prettier-ignore
  /** The entry that this author named so. */
  find(conversation: ConversationId, author: UserId, originId: OriginId): Promise<Envelope | undefined>;
  /** What is pinned there, the first pinned first. Faults: not-found, forbidden. */
  pins(user: UserId, conversation: ConversationId): Promise<readonly Pinned[]>;
  head(conversation: ConversationId): Promise<number>;
  /** Where the device is in the conversation: what it has acknowledged, else what the account has, else 0. */
  cursor(session: Session, conversation: ConversationId): Promise<number>;
  marks(user: UserId, conversation: ConversationId): Promise<readonly MemberMarks[]>;
  /** The account's conversations, latest first. */
  list(user: UserId, limit: number): Promise<readonly ConversationState[]>;
}

/** Of one conversation, or of all the account's direct ones. */
export interface ArchiveRequest extends Omit<ArchiveQuery, "of"> {
  readonly conversation?: ConversationId | undefined;
}

/** A message said again, and whose it was. */
export interface Forward extends Pick<Content, "body" | "bytes"> {
  readonly relation: { readonly forwarded: Forwarded };
}

/** A message that is kept in view, and the entry that says so. */
export interface Pinned {
  readonly message: Envelope;
  readonly pin: Envelope;
}
