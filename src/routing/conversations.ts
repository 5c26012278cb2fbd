// Logs as front-ends use them: following, acknowledging, reading back.
import type { ArchiveRequest, Conversations, Forward, Pinned, SearchPage, SearchQuestion } from "../core.ts";
import type { DraftRelation, Envelope, Receipt } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { type ConversationId, kindOf, type MessageId, type OriginId, type UserId } from "../model/ids.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import type { Inboxes } from "../sessions/inboxes.ts";
import type { ArchivePage, Backlog, ConversationState, Log, MemberMarks } from "../store/store.ts";
import { queryOf } from "../model/words.ts";
import type { Search } from "../store/search.ts";
import type { CommitLane } from "./commit-lane.ts";
import { forwardOf } from "./forwards.ts";
import type { Policy } from "./policy.ts";
import type { Receipts } from "./receipts.ts";
import type { RoomCache } from "./room-cache.ts";

const maxPage = 1000;
/** Words that one search may ask for. */
const maxWords = 32;
/** Conversations looked at for marks that moved while the device was away. */
const missedMarksIn = 200;

export interface ConversationParts {
  readonly log: Log & Search;
  readonly lane: CommitLane;
  readonly policy: Policy;
  readonly receipts: Receipts;
  readonly inboxes: Inboxes;
  readonly rooms: RoomCache;
}

export class ConversationsImpl implements Conversations {
  readonly #parts: ConversationParts;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
  }

  async openInbox(
    session: DeviceSession,
    options: { readonly rooms: boolean; readonly from: "cursor" | "now" },
  ): Promise<readonly Backlog[]> {
    const behind = await this.#parts.inboxes.openInbox(session, options);
    if (options.from === "cursor" && session.known !== undefined) await this.#missedMarks(session);
    return behind;
  }

  shutInbox(session: DeviceSession): void {
    this.#parts.inboxes.shutInbox(session);
  }

  async passOver(session: DeviceSession, { only, but }: Pick<ArchiveRequest, "only" | "but">): Promise<void> {
    const { log, lane } = this.#parts;
    const { user, device } = session;
    if (session.options.rememberMs === 0) return; // it has no places of its own
    for (const { conversation, head } of await log.backlog(user, device)) {
      const meant = only?.includes(conversation) !== false && but?.includes(conversation) !== true;
      if (kindOf(conversation) === "direct" && meant) lane.advance({ user, device, conversation, seq: head });
    }
    await lane.flushed();
  }

  open(session: DeviceSession, conversation: ConversationId, from: "cursor" | "now" | number): Promise<void> {
    return this.#parts.inboxes.open(session, conversation, from);
  }

  shut(session: DeviceSession, conversation: ConversationId): boolean {
    return this.#parts.inboxes.shut(session, conversation);
  }

  ack(session: DeviceSession, conversation: ConversationId, seq: number): void {
    const follower = session.followers.get(conversation);
    // Nobody acknowledges what was not sent: a cursor beyond it would skip messages to come.
    if (follower === undefined || seq <= follower.acked || seq > follower.position) return;
    follower.acked = seq;
    if (session.options.rememberMs > 0) {
      this.#parts.lane.acknowledge({ user: session.user, device: session.device, conversation, seq });
    }
    // Nobody waits for who has read the log of a topic.
    if (kindOf(conversation) !== "topic") this.#parts.receipts.advance(session, conversation, "delivered", seq);
  }

  read(session: DeviceSession, conversation: ConversationId, seq: number): void {
    const follower = session.followers.get(conversation);
    if (follower === undefined) throw notYours();
    if (seq > follower.heardTo) throw new Fault("bad-request", "read mark beyond the end of the conversation");
    if (kindOf(conversation) === "topic") return this.ack(session, conversation, seq);
    this.#parts.receipts.advance(session, conversation, "read", seq);
  }

  async history(
    user: UserId,
    conversation: ConversationId,
    after: number,
    limit: number,
  ): Promise<readonly Envelope[]> {
    await this.#parts.policy.mayOpen(user, conversation);
    return this.#parts.log.read(conversation, after, Math.min(limit, maxPage));
  }

  async historyBefore(
    user: UserId,
    conversation: ConversationId,
    before: number | undefined,
    limit: number,
  ): Promise<readonly Envelope[]> {
    await this.#parts.policy.mayOpen(user, conversation);
    return this.#parts.log.readBefore(conversation, before ?? Number.MAX_SAFE_INTEGER, Math.min(limit, maxPage));
  }

  async archive(user: UserId, request: ArchiveRequest): Promise<ArchivePage | undefined> {
    const { conversation, ...query } = request;
    if (conversation !== undefined) await this.#parts.policy.mayRead(user, conversation);
    const of = conversation === undefined ? { account: user } : { conversation };
    return this.#parts.log.archive({ ...query, of, limit: Math.min(query.limit, maxPage) });
  }

  async search(user: UserId, question: SearchQuestion): Promise<SearchPage> {
    const { text, conversation, after, before, fromEnd } = question;
    const words = queryOf(text);
    if (words.length === 0) throw new Fault("bad-request", "no word to search for");
    if (words.length > maxWords) throw new Fault("bad-request", "too many words to search for");
    // What history shows, search finds.
    if (conversation !== undefined) await this.#parts.policy.mayRead(user, conversation);
    const of = conversation === undefined ? { account: user } : { conversation };
    const limit = Math.min(question.limit, maxPage);
    const found = await this.#parts.log.search({ words, of, after, before, fromEnd, limit: limit + 1 });
    if (found === undefined) throw new Fault("not-found", "no such message to search from");
    const more = found.length > limit;
    return { entries: fromEnd ? found.slice(-limit) : found.slice(0, limit), more };
  }

  async entry(user: UserId, conversation: ConversationId, mid: MessageId): Promise<Envelope | undefined> {
    await this.#parts.policy.check(user, conversation);
    return this.#parts.log.entry(conversation, mid);
  }

  async forwardable(
    user: UserId,
    conversation: ConversationId,
    target: NonNullable<DraftRelation["target"]>,
  ): Promise<Forward> {
    await this.#parts.policy.mayRead(user, conversation);
    return forwardOf(this.#parts, conversation, target);
  }

  find(conversation: ConversationId, author: UserId, originId: OriginId): Promise<Envelope | undefined> {
    return this.#parts.log.find(conversation, author, originId);
  }

  async pins(user: UserId, conversation: ConversationId): Promise<readonly Pinned[]> {
    const { policy, log } = this.#parts;
    await policy.mayRead(user, conversation);
    const pins = await log.pins(conversation, maxPage);
    const found = await Promise.all(pins.map((pin) => log.entry(conversation, pin.relation!.target!.mid)));
    return pins.flatMap((pin, at) => (found[at] === undefined ? [] : [{ message: found[at], pin }]));
  }

  async head(conversation: ConversationId): Promise<number> {
    return (await this.#parts.log.heads([conversation]))[0] ?? 0;
  }

  cursor({ user, device }: DeviceSession, conversation: ConversationId): Promise<number> {
    return this.#parts.log.cursor(user, device, conversation);
  }

  async marks(user: UserId, conversation: ConversationId): Promise<readonly MemberMarks[]> {
    await this.#parts.policy.mayOpen(user, conversation);
    await this.#parts.lane.flushed(); // what was acknowledged is on its way to the store
    return this.#parts.log.marks(conversation);
  }

  async list(user: UserId, limit: number): Promise<readonly ConversationState[]> {
    await this.#parts.lane.flushed();
    return this.#parts.log.conversations(user, Math.min(limit, maxPage));
  }

  /** Receipts are not stored, marks are: what moved since the device was last here is told again. */
  async #missedMarks(session: DeviceSession): Promise<void> {
    // A mark is news before it is stored: what moved just before the inbox was open is on its way to the store.
    await this.#parts.lane.flushed();
    const since = session.known!.detachedAt || session.known!.attachedAt;
    for (const state of await this.list(session.user, missedMarksIn)) {
      if (kindOf(state.conversation) !== "direct") continue;
      const peer = state.marks.find((marks) => marks.user !== session.user && marks.at >= since);
      if (peer === undefined) continue;
      for (const mark of ["delivered", "read"] as const) {
        if (peer[mark] === 0) continue;
        const receipt: Receipt = {
          type: "receipt",
          conversation: state.conversation,
          seq: peer[mark],
          user: peer.user,
          mark,
          at: peer.at,
        };
        session.offerUnless(1, { event: receipt, late: true, redelivered: false });
      }
    }
  }
}

function notYours(): Fault {
  return new Fault("forbidden", "the conversation is not open on this device");
}
