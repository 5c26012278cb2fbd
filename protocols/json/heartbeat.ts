// Silence: the server beats after a while of it, and lets go of a client that does not answer.
import { type Clock, Fault } from "#core";

export interface HeartbeatOptions {
  readonly heartbeatMs: number;
  readonly beatAnswerMs: number;
}

/** One timer a connection; a frame costs a store of a number, not a timer. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #options: HeartbeatOptions;
  readonly #beat: () => void;
  readonly #silent: (fault: Fault) => void;
  #heardAt: number;
  #beatAt: number | undefined;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, options: HeartbeatOptions, beat: () => void, silent: (fault: Fault) => void) {
    this.#clock = clock;
    this.#options = options;
    this.#beat = beat;
    this.#silent = silent;
    this.#heardAt = clock.now();
  }

  start(): void {
    this.#wait(this.#options.heartbeatMs);
  }

  /** Any inbound frame. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  stop(): void {
    this.#cancel();
  }

  #wait(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => this.#check());
  }

  #check(): void {
    const { heartbeatMs, beatAnswerMs } = this.#options;
    if (this.#beatAt !== undefined && this.#heardAt < this.#beatAt) {
      return this.#silent(new Fault("timeout", "no answer to a beat", { ends: "connection" }));
    }
    this.#beatAt = undefined;
    const left = this.#heardAt + heartbeatMs - this.#clock.now();
    if (left > 0) return this.#wait(left);
    this.#beatAt = this.#clock.now();
    this.#beat();
    this.#wait(beatAnswerMs);
  }
}
