// Full-text search over logs: what is asked, and how the index follows the log without slowing it.
import type { Envelope } from "../model/event.ts";
import type { ConversationId, MessageId, UserId } from "../model/ids.ts";
import { holds } from "../model/words.ts";
import type { Clock } from "../ops/clock.ts";
import type { Logger } from "../ops/log.ts";

export interface SearchQuery {
  /** Entries whose body holds all of these, as `queryOf` (model/words.ts) gives them; not empty. */
  readonly words: readonly string[];
  /** One conversation; or all direct conversations and joined rooms of an account. */
  readonly of: { readonly conversation: ConversationId } | { readonly account: UserId };
  /** Behind this entry, ahead of that one. */
  readonly after?: MessageId | undefined;
  readonly before?: MessageId | undefined;
  /** The last that match rather than the first. */
  readonly fromEnd: boolean;
  readonly limit: number;
}

export interface Search {
  /**
   * In the order of the log (of several: in which they were stored, as far as the nodes' clocks agree), whichever end
   * they were taken from. Finds what is committed: an index that is far behind is brought up first; when that takes more than
   * two seconds, the oldest of what it has not come to are missing. Undefined when the query leans on an entry that is not there.
   */
  search(query: SearchQuery): Promise<readonly Envelope[] | undefined>;
}

/** Entries not indexed yet that a search looks through one by one; the latest. */
export const tailBound = 2000;

/** A conversation as a word of each of its entries: it begins with a character that no word of a text holds. */
export function conversationWord(id: number): string {
  return `\ue000${id}`;
}

/** Conversations that a query names as words. Of more than that all matches are looked at. */
export const namedBound = 500;

/** The found in the order of the log, and no more of them than asked for. `found` and `tail` are as `fromEnd` says. */
export function joined(found: readonly Envelope[], tail: readonly Envelope[], query: SearchQuery): readonly Envelope[] {
  const late = tail.filter(({ body }) => body !== undefined && holds(body, query.words));
  const known = new Set(late.map(({ mid }) => mid)); // indexed while both were read
  const early = found.filter(({ mid }) => !known.has(mid));
  if (!query.fromEnd) return [...early, ...late].slice(0, query.limit);
  return [...late, ...early].slice(0, query.limit).reverse();
}

export interface Slice {
  /** Entries that were indexed; 0: nothing is left. */
  readonly entries: number;
  /** What they took of the store's time. */
  readonly ms: number;
}

/** What comes together is indexed together: each slice costs something besides its entries, and until then they are the tail. */
const patienceMs = 1_000;
/** So many entries: there are more. */
const manyEntries = 250;
const leastPauseMs = 20;
const afterFailureMs = 5_000;
/** Of the store's time at most this part, while the log grows and nobody searches; and while it does not grow. */
const busyShare = 0.03;
const idleShare = 0.3;
/** A search waits no longer for the index. */
const mostWaitMs = 2_000;

/**
 * Brings the index up to the log, slice by slice, at the expense of idle hours: while the log grows it takes little of
 * the store's time and falls behind. Who searches then has it catch up first.
 */
export class SearchIndexer {
  readonly #next: () => Promise<Slice>;
  readonly #clock: Clock;
  readonly #log: Logger;
  #cancel: (() => void) | undefined;
  #running: Promise<unknown> | undefined;
  #catchingUp: Promise<void> | undefined;
  /** Entries of this process that are not indexed, as far as is known; at the start nothing is. */
  #lag = Infinity;
  #wanted = false;
  #stopped = false;

  constructor(next: () => Promise<Slice>, clock: Clock, log: Logger) {
    this.#next = next;
    this.#clock = clock;
    this.#log = log;
  }

  /** There are, or may be, so many new entries. Costs nothing to say often. */
  wake(entries: number): void {
    this.#lag += entries;
    this.#wanted = true;
    if (this.#cancel === undefined && this.#running === undefined) this.#after(patienceMs);
  }

  /** For who is about to search: resolves when what is not indexed will be looked through, or took too long. */
  async caughtUp(): Promise<void> {
    if (this.#lag > tailBound)
      await (this.#catchingUp ??= this.#catchUp().finally(() => (this.#catchingUp = undefined)));
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#catchingUp;
    await this.#running;
  }

  #after(ms: number): void {
    if (this.#stopped) return;
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = undefined;
      this.#wanted = false;
      this.#running = this.#index().finally(() => (this.#running = undefined));
    });
  }

  async #index(): Promise<void> {
    try {
      const { entries, ms } = await this.#slice();
      const least = entries < manyEntries ? patienceMs : leastPauseMs;
      const share = this.#wanted ? busyShare : idleShare;
      if (entries > 0 || this.#wanted) this.#after(Math.max(least, ms * (1 / share - 1)));
    } catch (error) {
      this.#log.warn({ what: "search_index_failed", err: error }, "it is tried again");
      this.#after(afterFailureMs);
    }
  }

  /** One slice after the other; a failure is left to who goes on later. */
  async #catchUp(): Promise<void> {
    const until = this.#clock.now() + mostWaitMs;
    try {
      await this.#running;
      while (this.#lag > tailBound && !this.#stopped && this.#clock.now() < until) await this.#slice();
    } catch (error) {
      this.#log.warn({ what: "search_index_failed", err: error }, "a search may miss what is old");
    }
  }

  async #slice(): Promise<Slice> {
    const slice = await this.#next();
    this.#lag = slice.entries < manyEntries ? 0 : this.#lag - slice.entries;
    return slice;
  }
}
