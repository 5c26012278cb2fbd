// How much of a stream was handled that cannot be resumed any more (XEP-0198 §5): its client need not send that again.
import type { UserId } from "#core";

interface Passed {
  readonly user: UserId;
  readonly h: number;
}

/** The oldest are forgotten: their clients are told nothing of it. */
const bound = 10_000;

export class PassedStreams {
  readonly #passed = new Map<string, Passed>();

  note(id: string, passed: Passed): void {
    if (this.#passed.size >= bound) this.#passed.delete(this.#passed.keys().next().value!);
    this.#passed.set(id, passed);
  }

  /** Another's is as unknown as none. */
  handled(id: string, user: UserId): number | undefined {
    const passed = this.#passed.get(id);
    return passed?.user === user ? passed.h : undefined;
  }
}
