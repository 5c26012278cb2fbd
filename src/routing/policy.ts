// Who may: answered at once from what is known, or after one look into the store.
import { settingsOf } from "../model/conversation.ts";
import { Fault } from "../model/fault.ts";
import { type ConversationId, kindOf, membersOfDirect, peerOf, type UserId } from "../model/ids.ts";
import type { BlockBook } from "../people/blocks.ts";
import type { AccountBook } from "../people/account-book.ts";
import type { Occupants } from "../people/occupants.ts";
import { roleIn } from "../people/room-rules.ts";
import { type KnownRoom, mayEnter, type RoomCache } from "./room-cache.ts";

/** Topics whose publications are kept: their logs may be read by whoever may subscribe to them. */
export interface TopicLogs {
  /** Faults: not-found (no log), forbidden. */
  readable(user: UserId, conversation: ConversationId): true | Fault;
}

export class Policy {
  readonly #accounts: AccountBook;
  readonly #rooms: RoomCache;
  readonly #blocks: Pick<BlockBook, "peek" | "blocks">;
  readonly #occupants: Occupants;
  readonly #topics: TopicLogs;

  constructor(
    accounts: AccountBook,
    rooms: RoomCache,
    {
      blocks,
      occupants,
      topics,
    }: {
      readonly blocks: Pick<BlockBook, "peek" | "blocks">;
      readonly occupants: Occupants;
      readonly topics: TopicLogs;
    },
  ) {
    this.#accounts = accounts;
    this.#rooms = rooms;
    this.#blocks = blocks;
    this.#occupants = occupants;
    this.#topics = topics;
  }

  /** Whether the user may write: true or a Fault when known at once; undefined when `check` must be asked. */
  peek(user: UserId, conversation: ConversationId): true | Fault | undefined {
    if (kindOf(conversation) === "direct") {
      if (!isMember(user, conversation)) return notYours();
      const peer = peerOf(conversation, user)!;
      if (!this.#accounts.knows(peer)) return undefined;
      return verdict(this.#blocks.peek(user, peer), this.#blocks.peek(peer, user));
    }
    if (kindOf(conversation) === "topic") return nobodys();
    const known = this.#rooms.peek(conversation);
    if (known === undefined) return undefined;
    return this.#may(known, user) ? true : notYours();
  }

  /** Resolves when the user may write to the conversation. Faults: not-found, forbidden, blocked. */
  async check(user: UserId, conversation: ConversationId): Promise<void> {
    if (kindOf(conversation) === "topic") throw nobodys();
    await this.mayOpen(user, conversation);
    if (kindOf(conversation) !== "direct") return;
    const peer = peerOf(conversation, user)!;
    const refused = verdict(await this.#blocks.blocks(user, peer), await this.#blocks.blocks(peer, user));
    if (refused instanceof Fault) throw refused;
  }

  /** Resolves when the user may follow the conversation. Faults: not-found, forbidden. */
  async mayOpen(user: UserId, conversation: ConversationId): Promise<void> {
    const kind = kindOf(conversation);
    if (kind === "topic") {
      const answer = this.#topics.readable(user, conversation);
      if (answer !== true) throw answer;
      return;
    }
    if (kind === "room") {
      if (!this.#may(await this.#rooms.need(conversation), user)) throw notYours();
      return;
    }
    if (!isMember(user, conversation)) throw notYours();
    if (!(await this.#accounts.exists(peerOf(conversation, user)!))) throw new Fault("not-found", "no such account");
  }

  /** The same for reading: one's own half of a talk stays, whatever became of the peer's account. */
  async mayRead(user: UserId, conversation: ConversationId): Promise<void> {
    if (kindOf(conversation) !== "direct") return this.mayOpen(user, conversation);
    if (!isMember(user, conversation)) throw notYours();
  }

  /** Whether the user may take away what others have said in the room. */
  async mayModerate(user: UserId, room: ConversationId): Promise<boolean> {
    return roleIn(await this.#rooms.need(room), user, this.#occupants.ofAccount(room, user)) === "moderator";
  }

  /** Where a password is asked, or that is not configured yet: who is known there, or has come in. */
  #may(known: KnownRoom, user: UserId): boolean {
    if (!mayEnter(known, user)) return false;
    const { password, locked } = settingsOf(known.room);
    if (password === "" && !locked) return true;
    const member = known.members.get(user);
    if (member !== undefined && (member.joined || member.affiliation !== "none")) return true;
    return this.#occupants.ofAccount(known.room.id, user).length > 0;
  }

  /** What the user is to the room: a member for good, somebody who may come in, or nobody who may. */
  async standing(user: UserId, room: ConversationId): Promise<"joined" | "stranger" | "shut-out"> {
    const known = await this.#rooms.load(room);
    if (known === undefined || !mayEnter(known, user)) return "shut-out";
    return known.members.get(user)?.joined === true ? "joined" : "stranger";
  }
}

/** Whoever is blocked learns nothing of it: there might as well be no such account (XEP-0191 §4). */
function verdict(blocks: boolean | undefined, blocked: boolean | undefined): true | Fault | undefined {
  if (blocks === undefined || blocked === undefined) return undefined;
  if (blocks) return new Fault("blocked", "the author has blocked the recipient");
  return blocked ? new Fault("not-found", "no such account") : true;
}

function isMember(user: UserId, conversation: ConversationId): boolean {
  const members = membersOfDirect(conversation);
  return members !== undefined && (members[0] === user || members[1] === user);
}

/** Publications are written to the logs of their topics, and nothing else is. */
function nobodys(): Fault {
  return new Fault("not-found", "no such conversation");
}

function notYours(): Fault {
  return new Fault("forbidden", "not a member of the conversation");
}
