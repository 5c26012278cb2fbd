// Topics whose publications are kept: each is a conversation with a log, history and search.
import { isUtf8 } from "node:buffer";
import type { Topics, TopicSettler } from "../core.ts";
import type { DatedDraft, Envelope, Publication } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import {
  type ConversationId,
  type DeviceId,
  hostOf,
  type MessageId,
  type OriginId,
  topicLogOf,
  topicOfLog,
  type UserId,
} from "../model/ids.ts";
import { matches } from "../model/pattern.ts";
import type { Clock } from "../ops/clock.ts";
import { refusals } from "../ops/refusals.ts";
import type { Appended } from "../store/store.ts";
import type { CommitLane, Waiter } from "./commit-lane.ts";

export interface KeptFilter {
  readonly filter: string;
  /** How long an entry is kept. */
  readonly forMs: number;
}

export interface KeptBounds {
  /** Topics that have a log. */
  readonly topics: number;
  /** Entries of each. */
  readonly entries: number;
}

export interface KeptParts {
  readonly host: string;
  /** The first that matches a topic decides. */
  readonly filters: readonly KeptFilter[];
  readonly bounds: KeptBounds;
  readonly lane: Pick<CommitLane, "append">;
  readonly clock: Clock;
  readonly newId: (nowMs: number) => MessageId;
  /** A new entry is in its log: fan it out. */
  stored(envelope: Envelope): void;
}

/** Topics whose filter is remembered. */
const cached = 10_000;

export class KeptTopics {
  readonly #parts: KeptParts;
  readonly #ages = new Map<string, number | undefined>();
  /** Logs that there are, as far as known here; the others' of this minute may be missing. */
  readonly #known = new Set<ConversationId>();

  constructor(parts: KeptParts) {
    this.#parts = parts;
  }

  /** How long entries of the topic are kept; undefined: it has no log. */
  ageOf(topic: string): number | undefined {
    const { filters } = this.#parts;
    if (filters.length === 0) return undefined;
    if (this.#ages.has(topic)) return this.#ages.get(topic);
    const age = filters.find(({ filter }) => matches(filter, topic))?.forMs;
    if (this.#ages.size >= cached) this.#ages.clear();
    this.#ages.set(topic, age);
    return age;
  }

  /** Whether this is the log of a topic that is kept. */
  has(conversation: ConversationId): boolean {
    const { host } = this.#parts;
    const topic = topicOfLog(conversation);
    return conversation === topicLogOf(topic, host) && this.ageOf(topic) !== undefined;
  }

  /** Logs found in the store: all of them. */
  know(logs: Iterable<ConversationId>): void {
    this.#known.clear();
    for (const log of logs) this.#known.add(log);
  }

  /**
   * Writes the publication to its topic's log, if it has one. What it returns is to be told in place of `settler`: at
   * QoS 1 and 2 that waits for the log's commit, too (P1). Faults: quota-exceeded, for one topic more than may have logs.
   */
  keep(
    publication: Publication,
    originId: OriginId | undefined,
    settler: TopicSettler,
    ticket: number,
  ): TopicSettler | Fault {
    const { topic, qos, host } = publication;
    if (this.ageOf(topic) === undefined || host !== this.#parts.host) return settler;
    const conversation = topicLogOf(topic, host);
    if (!this.#known.has(conversation) && this.#known.size >= this.#parts.bounds.topics) {
      refusals.kept.add();
      return new Fault("quota-exceeded", "no room for the log of another topic");
    }
    const stored = (envelope: Envelope): void => {
      this.#known.add(conversation);
      this.#parts.stored(envelope);
    };
    const kept = new Kept(qos === 0 ? undefined : settler, ticket, stored);
    this.#parts.lane.append(this.#draftOf(publication, conversation, originId), kept);
    return qos === 0 ? settler : kept;
  }

  /** What any protocol can show of it; the rest is with the publication itself, for those who hear it live. */
  #draftOf(publication: Publication, conversation: ConversationId, originId: OriginId | undefined): DatedDraft {
    const { author, device, payload } = publication;
    const text = isUtf8(payload);
    const at = this.#parts.clock.now();
    return {
      conversation,
      kind: "message",
      author,
      device,
      originId,
      originReleased: originId !== undefined,
      body: text ? Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8") : undefined,
      bytes: text ? undefined : payload,
      extensions: undefined,
      at,
      mid: this.#parts.newId(at),
    };
  }
}

/** A publication on its way into its log, and to its subscribers: answered when both are done, with the worse of the two. */
class Kept implements Waiter<Appended>, TopicSettler {
  readonly #settler: TopicSettler | undefined;
  readonly #ticket: number;
  readonly #stored: (envelope: Envelope) => void;
  #log: Fault | true | undefined;
  #published: Fault | number | undefined;

  constructor(settler: TopicSettler | undefined, ticket: number, stored: (envelope: Envelope) => void) {
    this.#settler = settler;
    this.#ticket = ticket;
    this.#stored = stored;
  }

  committed(outcome: Appended | Fault): void {
    if (outcome instanceof Fault) this.#log = outcome;
    else if (outcome.outcome === "conflict")
      this.#log = new Fault("conflict", "the exchange names another publication");
    else this.#log = true;
    this.#settle();
    if (!(outcome instanceof Fault) && outcome.outcome === "new") this.#stored(outcome.envelope);
  }

  published(_: number, outcome: Fault | number): void {
    this.#published = outcome;
    this.#settle();
  }

  #settle(): void {
    const [log, published] = [this.#log, this.#published];
    if (log === undefined || published === undefined) return;
    // The log has it: somebody will have heard it.
    const outcome = published instanceof Fault ? published : log === true ? Math.max(1, published) : log;
    this.#settler?.published(this.#ticket, outcome);
  }
}

/** Whether the account may read the log of a topic: what may be subscribed to may be read (`client:` rules fit nobody here). */
export function topicLogReadable(
  { kept, topics }: { readonly kept: KeptTopics; readonly topics: Pick<Topics, "mayReadAll"> },
  user: UserId,
  conversation: ConversationId,
): true | Fault {
  if (!kept.has(conversation)) return new Fault("not-found", "no such conversation");
  const { length } = "topic:";
  const host = conversation.slice(length, conversation.indexOf("/"));
  if (hostOf(user) !== host || !topics.mayReadAll(user, "" as DeviceId, topicOfLog(conversation)))
    return new Fault("forbidden", "the access rules do not let it read the topic");
  return true;
}
