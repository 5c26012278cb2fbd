// Silence: the server beats after a while of it, and lets go of a client that does not answer.
import { type Clock, Fault } from "#core";

export interface HeartbeatOptions {
  readonly heartbeatMs: number;
  readonly beatAnswerMs: number;
}

export interface HeartbeatCalls {
  beat(): void;
  silent(fault: Fault): void;
  /** The socket is not being read: silence says nothing of the client. */
  deaf(): boolean;
}

/** One timer a connection; a frame costs a store of a number, not a timer. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #options: HeartbeatOptions;
  readonly #calls: HeartbeatCalls;
  #heardAt: number;
  #beatAt: number | undefined;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, options: HeartbeatOptions, calls: HeartbeatCalls) {
    this.#clock = clock;
    this.#options = options;
    this.#calls = calls;
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
    if (this.#calls.deaf()) this.heard();
    const { heartbeatMs, beatAnswerMs } = this.#options;
    if (this.#beatAt !== undefined && this.#heardAt < this.#beatAt) {
      return this.#calls.silent(new Fault("timeout", "no answer to a beat", { ends: "connection" }));
    }
    this.#beatAt = undefined;
    const left = this.#heardAt + heartbeatMs - this.#clock.now();
    if (left > 0) return this.#wait(left);
    this.#beatAt = this.#clock.now();
    this.#calls.beat();
    this.#wait(beatAnswerMs);
  }
}
