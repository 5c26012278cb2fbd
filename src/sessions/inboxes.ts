// Brings every entry to the sessions that follow its log, and opens and shuts what a session follows.
import type { Conversations } from "../core.ts";
import type { Envelope } from "../model/event.ts";
import { type ConversationId, kindOf, membersOfDirect, type UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { CommitLane } from "../routing/commit-lane.ts";
import type { Policy } from "../routing/policy.ts";
import type { Backlog, Log } from "../store/store.ts";
import type { DeviceSession, Inbox } from "./device-session.ts";
import { Follower, type Heard } from "./follower.ts";
import type { Interests } from "./interests.ts";
import type { Registry } from "./registry.ts";
import type { Sequencer } from "./sequencer.ts";

/** Conversations of one account that are looked at for what an inbox follows. */
const conversationsBound = 1000;
const retryMs = 500;

export interface InboxParts {
  readonly log: Log;
  readonly lane: Pick<CommitLane, "advance" | "placed">;
  readonly registry: Registry;
  readonly sequencer: Sequencer;
  readonly interests: Interests;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly failed: (error: unknown) => void;
  /** People of other hosts. */
  readonly guests: { hear(envelope: Envelope): void };
  /** The session follows a room from now on. */
  roomOpened(room: ConversationId): void;
}

export class Inboxes implements Pick<Conversations, "openInbox" | "shutInbox" | "open" | "shut"> {
  readonly #parts: InboxParts;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** An entry from the local store or another node. */
  accept(envelope: Envelope): void {
    const members = membersOfDirect(envelope.conversation);
    if (members !== undefined) {
      this.#followDirect(members[0], envelope);
      if (members[1] !== members[0]) this.#followDirect(members[1], envelope);
      this.#parts.guests.hear(envelope);
    }
    this.#parts.sequencer.accept(envelope);
  }

  async openInbox(
    session: DeviceSession,
    options: { readonly rooms: boolean; readonly from: "cursor" | "now" },
  ): Promise<readonly Backlog[]> {
    // Attached first: what is stored from here on is heard live, and creates its own follower (accept). The high-water
    // mark second: what was stored before is in the backlog.
    session.inbox = options;
    session.inboxSince = this.#parts.clock.now();
    session.followsAll = false; // of this opening nothing is known yet, whatever an earlier one followed
    return this.#followAll(session, options);
  }

  /**
   * News may be lost, the first of a conversation among them, and changes of membership: every inbox looks for what it
   * does not follow yet, and is shut out of where its account is.
   */
  async resync(): Promise<void> {
    for (const session of [...this.#parts.registry.all()]) {
      for (const room of [...session.followers.keys()].filter((followed) => kindOf(followed) === "room")) {
        if ((await this.#parts.policy.standing(session.user, room)) === "shut-out") this.shut(session, room);
      }
      if (session.inbox !== undefined && session.attached) await this.#followAll(session, session.inbox, true);
    }
  }

  shutInbox(session: DeviceSession): void {
    session.inbox = undefined;
    for (const conversation of [...session.followers.keys()]) {
      if (kindOf(conversation) === "direct") this.shut(session, conversation);
    }
  }

  async open(session: DeviceSession, conversation: ConversationId, from: "cursor" | "now" | number): Promise<void> {
    await this.#parts.policy.mayOpen(session.user, conversation);
    if (session.followers.has(conversation)) return;
    if (from === "now") return this.#follow(session, conversation, from);
    const cursor = await this.#parts.log.cursor(session.user, session.device, conversation);
    if (from === "cursor") return this.#follow(session, conversation, cursor);
    await this.#follow(session, conversation, from, Math.min(cursor, from));
  }

  shut(session: DeviceSession, conversation: ConversationId): boolean {
    const follower = session.followers.get(conversation);
    if (follower === undefined) return false;
    session.followers.delete(conversation);
    this.#parts.sequencer.remove(follower);
    if (kindOf(conversation) !== "direct") this.#parts.interests.drop(conversation);
    return true;
  }

  /** Other access rules: logs of topics that somebody may not read any more are shut. */
  async governed(): Promise<void> {
    for (const session of [...this.#parts.registry.all()]) {
      for (const conversation of [...session.followers.keys()].filter((followed) => kindOf(followed) === "topic")) {
        await this.#parts.policy.mayOpen(session.user, conversation).catch(() => this.shut(session, conversation));
      }
    }
  }

  shutAll(session: DeviceSession): void {
    session.inbox = undefined;
    for (const conversation of [...session.followers.keys()]) this.shut(session, conversation);
  }

  /** The room is gone, or another one of that name: whoever followed its log here follows it no more. */
  roomGone(room: ConversationId): void {
    for (const { session } of [...this.#parts.sequencer.followersOf(room)]) this.shut(session, room);
    this.#parts.sequencer.reset(room);
  }

  /** The same, where the news of its end was lost: members follow the new one. */
  roomRemade(room: ConversationId): void {
    const sessions = [...this.#parts.sequencer.followersOf(room)].map(({ session }) => session);
    this.roomGone(room);
    for (const user of new Set(sessions.map((session) => session.user))) void this.memberChanged(room, user); // never rejects
  }

  /** Membership for good: inboxes with rooms follow it, on every node. Resolves when those here do. */
  async memberChanged(room: ConversationId, user: UserId): Promise<void> {
    const sessions = this.#parts.registry.of(user);
    if (sessions.length === 0) return;
    try {
      // What it is now, not what it was when the news was sent.
      const standing = await this.#parts.policy.standing(user, room);
      for (const session of sessions) {
        const byMembership = session.inbox?.rooms === true;
        if (standing === "joined" && byMembership) await this.open(session, room, "cursor");
        else if (standing === "shut-out" || (standing === "stranger" && byMembership)) this.shut(session, room);
      }
    } catch (error) {
      this.#parts.failed(error);
    }
  }

  /** `again`: the inbox has been open for a while. */
  async #followAll(session: DeviceSession, inbox: Inbox, again = false): Promise<readonly Backlog[]> {
    const { log, lane } = this.#parts;
    await lane.placed(session.user);
    // Heads before backlog: where the device was not behind when the backlog was read, it was not at the head before,
    // and is followed from there. The other way round, what was stored between the two would be skipped.
    const wanted = again || inbox.rooms || inbox.from === "now";
    const states = wanted ? await log.conversations(session.user, conversationsBound) : [];
    const backlog = inbox.from === "cursor" ? await log.backlog(session.user, session.device) : [];
    const concerned = backlog.filter(({ conversation }) => (kindOf(conversation) === "direct" ? !again : inbox.rooms));
    for (const { conversation, after, head } of concerned) {
      if (session.inbox !== inbox) return [];
      if (kindOf(conversation) === "direct") this.#followBacklog(session, conversation, after, head);
      else await this.#follow(session, conversation, after);
    }
    for (const { conversation, head, lastAt } of states) {
      if (session.inbox !== inbox) return [];
      if (kindOf(conversation) === "direct") {
        if (inbox.from === "now") this.#followBacklog(session, conversation, session.followsAll ? 0 : head, head);
        else if (again && lastAt >= session.inboxSince) this.#followMissed(session, conversation, head);
      } else if (inbox.rooms) await this.#follow(session, conversation, head);
    }
    session.followsAll = inbox.from === "now" && states.length < conversationsBound;
    return concerned;
  }

  /** Directs are heard since the session attached, so the head that the backlog was read with is one to start from. */
  #followBacklog(session: DeviceSession, conversation: ConversationId, after: number, head: number): void {
    if (session.followers.has(conversation)) return;
    this.#add(session, conversation, after, this.#parts.sequencer.trackAt(conversation, head));
    if (session.inbox?.from === "cursor") this.#pin(session, conversation, after);
  }

  async #follow(
    session: DeviceSession,
    conversation: ConversationId,
    start: number | "now",
    acked?: number,
  ): Promise<void> {
    if (session.followers.has(conversation)) return;
    const { interests, sequencer } = this.#parts;
    // Directs are heard by the account's key, which every session of it holds.
    const kind = kindOf(conversation);
    const byName = kind !== "direct";
    if (byName) await interests.add(conversation);
    let followed = false;
    try {
      let heard = await sequencer.track(conversation);
      while (!sequencer.tracks(conversation, heard)) heard = await sequencer.track(conversation);
      if (!session.attached || session.followers.has(conversation)) return;
      const follower = this.#add(session, conversation, start === "now" ? heard.position : start, heard);
      if (acked !== undefined) follower.ackedFrom(acked);
      if (start !== "now") this.#pin(session, conversation, follower.acked);
      followed = true;
    } finally {
      if (!followed) sequencer.forget(conversation);
      if (!followed && byName) interests.drop(conversation);
    }
    if (kind === "room") this.#parts.roomOpened(conversation);
  }

  /** Sessions of a member whose inbox is open follow a conversation from its first entry that is heard. */
  #followDirect(member: DeviceSession["user"], envelope: Envelope): void {
    for (const session of this.#parts.registry.of(member)) {
      if (session.inbox === undefined || session.followers.has(envelope.conversation)) continue;
      const heard = this.#parts.sequencer.trackAt(envelope.conversation, envelope.seq - 1);
      if (envelope.seq === 1 || session.followsAll) {
        this.#add(session, envelope.conversation, 0, heard);
        if (session.inbox.from === "cursor") this.#pin(session, envelope.conversation, 0);
      } else if (session.inbox.from === "now") this.#add(session, envelope.conversation, envelope.seq - 1, heard);
      else this.#followFromCursor(session, envelope.conversation, heard);
    }
  }

  /** Where the device was behind when its inbox was opened it follows; what it does not follow is new since. */
  #followMissed(session: DeviceSession, conversation: ConversationId, head: number): void {
    if (session.followers.has(conversation)) return;
    this.#followFromCursor(session, conversation, this.#parts.sequencer.trackAt(conversation, head));
  }

  /**
   * From where the device was when its inbox was opened. It may hear of a conversation for the first time long after the
   * account's other devices have moved the mark: what they acknowledged since, this one is owed all the same (P4).
   */
  #followFromCursor(session: DeviceSession, conversation: ConversationId, heard: Heard): void {
    const follower = this.#add(session, conversation, heard.position, heard, true);
    const find = (): void => {
      if (!session.attached || session.followers.get(conversation) !== follower) return;
      this.#parts.log.cursor(session.user, session.device, conversation, session.inboxSince).then(
        (cursor) => {
          follower.startFrom(cursor);
          this.#pin(session, conversation, cursor);
        },
        (error: unknown) => {
          this.#parts.failed(error);
          this.#parts.clock.after(retryMs, find); // there may be no next entry to try it with
        },
      );
    };
    find();
  }

  /**
   * From here on the device has a place of its own: what it is sent and does not acknowledge it is owed, whatever the
   * account's other devices acknowledge meanwhile (P4).
   */
  #pin(session: DeviceSession, conversation: ConversationId, seq: number): void {
    if (session.options.rememberMs === 0) return;
    this.#parts.lane.advance({ user: session.user, device: session.device, conversation, seq });
  }

  #add(session: DeviceSession, conversation: ConversationId, start: number, heard: Heard, later = false): Follower {
    const follower = new Follower(session, conversation, start, heard, this.#parts);
    if (later) follower.wait();
    session.followers.set(conversation, follower);
    this.#parts.sequencer.add(follower);
    return follower;
  }
}
