// Marks: how far an account has received and read each conversation. They only grow, and each growth is news (P5).
import type { Bus } from "../bus/bus.ts";
import type { Delivery, Mark, Receipt } from "../model/event.ts";
import { type ConversationId, kindOf, membersOfDirect, type UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { keysOf } from "../sessions/interests.ts";
import type { Registry } from "../sessions/registry.ts";
import type { Sequencer } from "../sessions/sequencer.ts";
import type { Log } from "../store/store.ts";
import type { CommitLane } from "./commit-lane.ts";

/** In larger rooms marks are kept and can be asked for, but each is not news to everybody. */
const newsworthyFollowers = 100;
const knownBound = 50_000;

type Marks = Record<Mark, number>;

export interface ReceiptParts {
  readonly log: Pick<Log, "marks">;
  readonly lane: CommitLane;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly sequencer: Sequencer;
  readonly failed: (error: unknown) => void;
}

export class Receipts {
  readonly #parts: ReceiptParts;
  /** By conversation, then account; what is not here must be read first, or an old mark would be news again. */
  readonly #known = new Map<ConversationId, Map<UserId, Marks>>();
  readonly #loading = new Map<ConversationId, Promise<Map<UserId, Marks>>>();

  constructor(parts: ReceiptParts) {
    this.#parts = parts;
  }

  /** The account's mark reached `seq`, as one of its sessions here says. */
  advance(session: DeviceSession, conversation: ConversationId, mark: Mark, seq: number): void {
    const known = this.#known.get(conversation);
    if (known !== undefined) return this.#advance(known, session, conversation, mark, seq);
    this.#load(conversation).then(
      (loaded) => this.#advance(loaded, session, conversation, mark, seq),
      (error: unknown) => this.#parts.failed(error),
    );
  }

  /** From another node. */
  heard(receipt: Receipt): void {
    const known = this.#known.get(receipt.conversation);
    if (known !== undefined) {
      const marks = marksOf(known, receipt.user);
      if (receipt.seq <= marks[receipt.mark]) return;
      raise(marks, receipt.mark, receipt.seq);
    }
    this.#tell(receipt, undefined);
  }

  /**
   * Receipts may have been lost: marks of what is followed here are told as they are now, unless known to be told. Of a
   * room only when it has been of interest here.
   */
  async resync(): Promise<void> {
    const { log, sequencer } = this.#parts;
    for (const conversation of sequencer.followed) {
      if (kindOf(conversation) !== "direct" && !this.#known.has(conversation)) continue;
      const marks = await log.marks(conversation);
      if (!this.#known.has(conversation)) this.#keep(conversation, new Map());
      for (const { user, delivered, read, at } of marks) {
        this.heard({ type: "receipt", conversation, seq: delivered, user, mark: "delivered", at });
        this.heard({ type: "receipt", conversation, seq: read, user, mark: "read", at });
      }
    }
  }

  #advance(
    known: Map<UserId, Marks>,
    session: DeviceSession,
    conversation: ConversationId,
    mark: Mark,
    seq: number,
  ): void {
    const marks = marksOf(known, session.user);
    if (seq <= marks[mark]) return;
    raise(marks, mark, seq);
    const at = this.#parts.clock.now();
    this.#parts.lane.mark({ user: session.user, conversation, mark, seq, at });
    const receipt: Receipt = { type: "receipt", conversation, seq, user: session.user, mark, at };
    this.#tell(receipt, session);
    this.#parts.bus.announce(keysOf(conversation), receipt);
  }

  #tell(receipt: Receipt, but: DeviceSession | undefined): void {
    const delivery: Delivery = { event: receipt, late: false, redelivered: false };
    const members = membersOfDirect(receipt.conversation);
    if (members !== undefined) {
      this.#tellMember(members[0], delivery, but);
      if (members[1] !== members[0]) this.#tellMember(members[1], delivery, but);
      return;
    }
    const followers = this.#parts.sequencer.followersOf(receipt.conversation);
    if (followers.size > newsworthyFollowers) return;
    for (const { session } of followers) if (session !== but) session.offerUnless(0.5, delivery);
  }

  #tellMember(member: UserId, delivery: Delivery, but: DeviceSession | undefined): void {
    const { conversation } = delivery.event as Receipt;
    for (const session of this.#parts.registry.of(member))
      if (session !== but && session.follows(conversation)) session.offerUnless(1, delivery);
  }

  #load(conversation: ConversationId): Promise<Map<UserId, Marks>> {
    let loading = this.#loading.get(conversation);
    if (loading === undefined) {
      loading = this.#read(conversation).finally(() => this.#loading.delete(conversation));
      this.#loading.set(conversation, loading);
    }
    return loading;
  }

  async #read(conversation: ConversationId): Promise<Map<UserId, Marks>> {
    const known = new Map<UserId, Marks>();
    for (const { user, delivered, read } of await this.#parts.log.marks(conversation))
      known.set(user, { delivered, read });
    this.#keep(conversation, known);
    return known;
  }

  #keep(conversation: ConversationId, known: Map<UserId, Marks>): void {
    if (this.#known.size >= knownBound) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(conversation, known);
  }
}

function marksOf(known: Map<UserId, Marks>, user: UserId): Marks {
  let marks = known.get(user);
  if (marks === undefined) known.set(user, (marks = { delivered: 0, read: 0 }));
  return marks;
}

/** Read implies delivered. */
function raise(marks: Marks, mark: Mark, seq: number): void {
  marks[mark] = seq;
  if (mark === "read" && marks.delivered < seq) marks.delivered = seq;
}
