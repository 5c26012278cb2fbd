// What this node wants to hear, and what Redis knows of it.
import type { InterestKey } from "../bus.ts";
import type { Scripts } from "./scripts.ts";

/** Keys in one call to Redis, so that no script runs long. */
const chunk = 500;

export class Interests {
  readonly #wanted = new Set<InterestKey>();
  /** Keys that Redis has of this member, as far as its answers tell; without those of a call under way. */
  readonly #registered = new Set<InterestKey>();
  /** Keys whose registration may not be what is wanted; bounded by what is or was wanted. */
  #unsure = new Set<InterestKey>();
  #waiting: (() => void)[] = [];
  /** A watch was said to be done although Redis does not know of it: a gap is owed once it does. */
  #unkept = false;

  watch(key: InterestKey): void {
    this.#wanted.add(key);
    if (!this.#registered.has(key)) this.#unsure.add(key);
  }

  unwatch(key: InterestKey): void {
    if (this.#wanted.delete(key)) this.#unsure.add(key);
  }

  has(key: InterestKey): boolean {
    return this.#registered.has(key) && !this.#unsure.has(key);
  }

  /** Resolves when the next sync to begin has ended, well or not. */
  synced(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Nobody waits for the syncs to come: out of reach. */
  release(): void {
    this.#unkept ||= this.#waiting.length > 0 || this.unsure;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Whether a gap is owed; asked once everything is registered, and paid then. */
  pay(): boolean {
    const owed = this.#unkept;
    this.#unkept = false;
    return owed;
  }

  /** How many keys Redis must have of this member, when nothing is unsure. */
  get registered(): number {
    return this.#registered.size;
  }

  get unsure(): boolean {
    return this.#unsure.size > 0;
  }

  /** Redis has lost what it knew. */
  forget(): void {
    this.#registered.clear();
    this.#unsure = new Set(this.#wanted);
  }

  /**
   * Tells Redis all that is unsure now. False when this member's lease is gone. Rejects when Redis is out of reach;
   * what it may not know then stays unsure.
   */
  async sync(commands: Pick<Scripts, "busInterest">, head: readonly [string, string, string]): Promise<boolean> {
    const waiting = this.#waiting;
    const keys = [...this.#unsure];
    this.#waiting = [];
    this.#unsure = new Set();
    let told = 0;
    let kept = false;
    try {
      while (told < keys.length) {
        const some = keys.slice(told, told + chunk);
        const changes = some.map((key) => (this.#wanted.has(key) ? `+${key}` : `-${key}`));
        // A key that changes its mind during the call is not registered, hence unsure again, and told in the next sync.
        for (const key of some) this.#registered.delete(key);
        if ((await commands.busInterest(...head, ...changes)) === 0) return false;
        for (const change of changes) if (change.startsWith("+")) this.#registered.add(change.slice(1));
        told += some.length;
      }
      kept = true;
      return true;
    } finally {
      for (const key of keys.slice(told)) this.#unsure.add(key);
      this.#unkept ||= !kept && waiting.length > 0;
      for (const resolve of waiting) resolve();
    }
  }
}
