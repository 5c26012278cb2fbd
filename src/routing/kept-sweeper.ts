// Takes the beginnings of topics' logs away: what is too old, and what is too much.
import type { ConversationId } from "../model/ids.ts";
import { topicOfLog } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { KeptLogs, TopicLog } from "../store/kept.ts";
import type { KeptTopics } from "./kept-topics.ts";

const everyMs = 60_000;
/** Entries taken at once. */
const sliceSize = 500;

export interface KeptSweeperParts {
  readonly store: KeptLogs;
  readonly kept: KeptTopics;
  readonly entries: number;
  readonly clock: Clock;
  readonly failed: (error: unknown) => void;
}

export class KeptSweeper {
  readonly #parts: KeptSweeperParts;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(parts: KeptSweeperParts) {
    this.#parts = parts;
  }

  /** Once now, to know which logs there are; then every minute. */
  async start(): Promise<void> {
    await this.sweep();
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** Nodes may do the same at once. A topic that is not kept any more stays as it is. */
  async sweep(): Promise<void> {
    const { store, kept } = this.#parts;
    const all: ConversationId[] = [];
    for await (const page of store.topicLogs()) {
      for (const log of page) {
        all.push(log.conversation);
        if (!this.#stopped && kept.has(log.conversation)) await this.#shorten(log);
      }
    }
    kept.know(all);
  }

  async #shorten({ conversation, first, firstAt, head }: TopicLog): Promise<void> {
    const { store, kept, entries, clock } = this.#parts;
    const before = clock.now() - kept.ageOf(topicOfLog(conversation))!;
    if (first === head || (firstAt >= before && head - first < entries)) return;
    let removed: number;
    do removed = await store.prune(conversation, { before, keep: entries, limit: sliceSize });
    while (removed === sliceSize && !this.#stopped);
  }

  #later(): void {
    if (this.#stopped) return;
    this.#cancel = this.#parts.clock.after(everyMs, () => {
      this.sweep()
        .catch(this.#parts.failed)
        .finally(() => this.#later());
    });
  }
}
