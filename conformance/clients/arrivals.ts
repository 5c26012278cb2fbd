// What a connection has received and no check has taken yet.

interface Waiter<T> {
  readonly matches: (item: T) => boolean;
  readonly take: (item: T) => void;
  readonly fail: (why: Error) => void;
}

/** How long a check waits for what must come. */
export let patienceMs = 3_000;

/** For whom a busy machine is no news. */
export function bePatient(ms: number): void {
  patienceMs = ms;
}

/** What had to come did not, in time. */
export class TimedOut extends Error {}

/** What the promise comes to; TimedOut when that takes too long. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut(`${what} within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A server that floods us fails the check rather than filling our memory. */
const bound = 10_000;

/** Arrivals in order. A taker gets the oldest that matches, now or when it comes; others stay for other takers. */
export class Arrivals<T> {
  readonly #items: T[] = [];
  readonly #waiters: Waiter<T>[] = [];
  readonly #show: (item: T) => string;
  #ended: Error | undefined;

  constructor(show: (item: T) => string) {
    this.#show = show;
  }

  /** Not yet taken. */
  get waiting(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    const index = this.#waiters.findIndex((waiter) => waiter.matches(item));
    if (index >= 0) return this.#waiters.splice(index, 1)[0]!.take(item);
    if (this.#items.length >= bound) return this.end(new Error(`more than ${bound} arrivals that nobody asked for`));
    this.#items.push(item);
  }

  /** Nothing more will come. */
  end(why: Error): void {
    this.#ended ??= why;
    for (const waiter of this.#waiters.splice(0)) waiter.fail(why);
  }

  take(what: string, matches: (item: T) => boolean, withinMs = patienceMs): Promise<T> {
    const index = this.#items.findIndex(matches);
    if (index >= 0) return Promise.resolve(this.#items.splice(index, 1)[0]!);
    const fault = (why: string): string => {
      const seen = this.#items.slice(0, 8).map(this.#show).join("; ");
      return `expected ${what}, but ${why}${seen === "" ? "" : `; also arrived: ${seen}`}`;
    };
    if (this.#ended !== undefined) return Promise.reject(new Error(fault(this.#ended.message)));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(new TimedOut(fault(`nothing of the kind came within ${withinMs} ms`)));
      }, withinMs);
      const waiter: Waiter<T> = {
        matches,
        take: (item) => (clearTimeout(timer), resolve(item)),
        fail: (why) => (clearTimeout(timer), reject(new Error(fault(why.message)))),
      };
      this.#waiters.push(waiter);
    });
  }
}
