// What a client heard, in the order it heard it; a test waits for the entry it needs instead of sleeping.

export class Journal<T> {
  readonly entries: T[] = [];
  readonly #title: string;
  #watcher: ((entry: T) => void) | undefined;
  #waiting: (() => void)[] = [];

  /** The title says in a failure whose journal it is. */
  constructor(title: string) {
    this.#title = title;
  }

  /** Hands each entry to the watcher instead of keeping it: for runs that hear too much to keep. */
  watch(watcher: (entry: T) => void): void {
    this.#watcher = watcher;
  }

  add(entry: T): void {
    if (this.#watcher !== undefined) return this.#watcher(entry);
    this.entries.push(entry);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const look of waiting) look();
  }

  /** The first entry, already there or to come, of which `fits` holds; rejects after `withinMs` with all that came. */
  find(what: string, fits: (entry: T) => boolean, withinMs = 5000): Promise<T> {
    return new Promise((resolve, reject) => {
      let seen = 0;
      const look = (): void => {
        for (; seen < this.entries.length; seen++) {
          if (!fits(this.entries[seen]!)) continue;
          clearTimeout(timer);
          resolve(this.entries[seen]!);
          return;
        }
        this.#waiting.push(look);
      };
      const timer = setTimeout(() => {
        const came = this.entries.slice(-8).map((entry) => JSON.stringify(entry));
        reject(new Error(`${this.#title} never had ${what}; its last: ${came.join(" ") || "nothing"}`));
      }, withinMs);
      look();
    });
  }
}
