// Catching up with the store after news may have been lost, until it has worked.
import type { Clock } from "../ops/clock.ts";

const retryMs = 1000;

/** A part that compares what it knows with what is stored. */
export interface Resyncs {
  resync(): Promise<void>;
}

export class Resync {
  readonly #parts: readonly Resyncs[];
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  #due = false;
  #running = false;
  #stopped = false;

  constructor(parts: readonly Resyncs[], clock: Clock, failed: (error: unknown) => void) {
    this.#parts = parts;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** One run for all that becomes due before it begins; what becomes due during a run needs another. */
  due(): void {
    this.#due = true;
    if (!this.#running) void this.#run();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#due && !this.#stopped) {
      this.#due = false;
      try {
        for (const part of this.#parts) await part.resync();
      } catch (error) {
        // The store is out of reach, as the bus was: nobody will tell us again that something was lost.
        this.#failed(error);
        this.#due = true;
        await new Promise<void>((resolve) => this.#clock.after(retryMs, resolve));
      }
    }
    this.#running = false;
  }
}
