// What topics match in a trie, found once for each until the trie changes.
import type { PatternTrie } from "../sessions/pattern-trie.ts";

/** Beyond it all are forgotten, and found again as they are asked for. */
const cachedTopics = 10_000;

export class MatchCache<Found> {
  readonly #trie: Pick<PatternTrie<unknown>, "version">;
  readonly #found = new Map<string, Found>();
  /** Of the trie, when they were found. */
  #version = 0;

  constructor(trie: Pick<PatternTrie<unknown>, "version">) {
    this.#trie = trie;
  }

  /** Undefined when it must be found first. */
  get(topic: string): Found | undefined {
    if (this.#version === this.#trie.version && this.#found.size <= cachedTopics) return this.#found.get(topic);
    this.#found.clear();
    this.#version = this.#trie.version;
    return undefined;
  }

  set(topic: string, found: Found): void {
    this.#found.set(topic, found);
  }

  clear(): void {
    this.#found.clear();
  }
}
