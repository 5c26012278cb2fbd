// Lines to frames: all that a tick brought to one socket leaves as one frame, cut at maxFrame.
import type { Link } from "#core";

export class Outgoing {
  readonly #link: Pick<Link, "send">;
  readonly #maxFrame: number;
  readonly #fill: () => void;
  #frame = "";
  #bytes = 0;
  #scheduled = false;
  #shut = false;

  /** `fill` is called at the end of a tick, before its frame leaves: it may push more. */
  constructor(link: Pick<Link, "send">, maxFrame: number, fill: () => void) {
    this.#link = link;
    this.#maxFrame = maxFrame;
    this.#fill = fill;
  }

  /** Bytes that the link has not been given yet. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a line. A line longer than a frame leaves in a frame of its own: other protocols may say more than this one. */
  push(line: string): void {
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#bytes + bytes > this.#maxFrame + 1) this.#leave();
    this.#frame = this.#frame === "" ? line : `${this.#frame}\n${line}`;
    this.#bytes += bytes;
    this.schedule();
  }

  /** Asks for an end of tick even if there is nothing to send yet. */
  schedule(): void {
    if (this.#scheduled || this.#shut) return;
    this.#scheduled = true;
    // Not an immediate: the link has its own, and two in a row would cost a turn of the event loop.
    queueMicrotask(() => this.#endTick());
  }

  /** Sends what is there, and nothing from here on. */
  shut(): void {
    if (this.#shut) return;
    this.#leave();
    this.#shut = true;
  }

  #endTick(): void {
    if (!this.#shut) this.#fill(); // what it pushes leaves with this tick
    this.#scheduled = false;
    this.#leave();
  }

  #leave(): void {
    if (this.#frame === "" || this.#shut) return;
    const frame = this.#frame;
    this.#frame = "";
    this.#bytes = 0;
    this.#link.send(frame);
  }
}
