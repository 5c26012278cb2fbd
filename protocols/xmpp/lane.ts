// One thing after another: what takes its time holds back what came behind it, and nothing else does.

/** Calls `act` for each item in order; the next one waits for the promise of the last, when it gave one. */
export class Lane<T> {
  readonly #act: (item: T) => void | Promise<void>;
  readonly #failed: (error: unknown) => void;
  #waiting: T[] = [];
  #busy = false;
  #stopped = false;

  constructor(act: (item: T) => void | Promise<void>, failed: (error: unknown) => void) {
    this.#act = act;
    this.#failed = failed;
  }

  /** Items held back. Bounded by the caller, which stops reading. */
  get waiting(): number {
    return this.#waiting.length;
  }

  push(item: T): void {
    if (this.#stopped) return;
    if (this.#busy) this.#waiting.push(item);
    else this.#run(item);
  }

  /** What waits is dropped, and nothing more is taken. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
  }

  #run(item: T): void {
    let taking: void | Promise<void>;
    try {
      taking = this.#act(item);
    } catch (error) {
      return this.#failed(error);
    }
    if (taking === undefined) return;
    this.#busy = true;
    taking.catch(this.#failed).then(
      () => this.#next(),
      () => this.#next(),
    );
  }

  #next(): void {
    this.#busy = false;
    while (!this.#busy && this.#waiting.length > 0) this.#run(this.#waiting.shift()!);
  }
}
