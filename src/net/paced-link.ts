// A connection that sends no faster than it may: what it spends beyond that, it waits for, unread. The kernel's window
// then tells the client, and nobody needs memory for what has not been read.
import type { Clock } from "../ops/clock.ts";
import { type Counter } from "../ops/metrics.ts";
import { refusals } from "../ops/refusals.ts";
import { TokenBucket } from "../ops/token-bucket.ts";
import type { Accept, Link, LinkHandler } from "./link.ts";
import type { Spliced } from "./spliced.ts";

export interface Pace {
  /** 0: as many as come. */
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  /** `wait`: is not read until it has waited. `refuse`: is told so, and ended. */
  readonly beyond: "wait" | "refuse";
}

/** The same front-end, with links that keep the pace. */
export function paced(accept: Accept, pace: Pace, clock: Clock): Accept {
  if (pace.messagesPerSecond === 0 && pace.bytesPerSecond === 0) return accept;
  return (link) => new PacedLink(link, pace, clock).serve(accept);
}

class PacedLink implements Link {
  readonly #link: Link;
  readonly #pace: Pace;
  readonly #clock: Clock;
  readonly #messages: TokenBucket | undefined;
  readonly #bytes: TokenBucket | undefined;
  #handler: LinkHandler | undefined;
  /** The front-end does not want to read. */
  #paused = false;
  /** Waits until its debt is paid. */
  #cancel: (() => void) | undefined;

  constructor(link: Link, pace: Pace, clock: Clock) {
    const { messagesPerSecond, bytesPerSecond } = pace;
    this.#link = link;
    this.#pace = pace;
    this.#clock = clock;
    this.#messages = messagesPerSecond === 0 ? undefined : new TokenBucket(clock, messagesPerSecond);
    this.#bytes = bytesPerSecond === 0 ? undefined : new TokenBucket(clock, bytesPerSecond);
  }

  serve(accept: Accept): LinkHandler {
    const handler = accept(this);
    this.#handler = handler;
    // A method that the front-end has not must not be there: the link answers such frames by itself.
    return {
      ...(handler.text && {
        text: (frame: string) => {
          handler.text!(frame);
          this.#spend(1, frame.length);
        },
      }),
      ...(handler.bytes && {
        bytes: (chunk: Buffer) => {
          handler.bytes!(chunk);
          this.#spend(0, chunk.length);
        },
      }),
      ...(handler.glance && {
        glance: (memory: Buffer, length: number) => {
          handler.glance!(memory, length);
          this.#spend(0, length);
        },
      }),
      ...(handler.mostGlanced !== undefined && { mostGlanced: handler.mostGlanced }),
      ...(handler.drained && { drained: () => handler.drained!() }),
      ...(handler.secured && { secured: () => handler.secured!() }),
      closed: () => {
        this.#cancel?.();
        handler.closed();
      },
    };
  }

  get name(): string {
    return this.#link.name;
  }

  get remote(): string {
    return this.#link.remote;
  }

  get secure(): boolean {
    return this.#link.secure;
  }

  get tls(): Link["tls"] {
    return this.#link.tls;
  }

  get subprotocol(): string {
    return this.#link.subprotocol;
  }

  get buffered(): number {
    return this.#link.buffered;
  }

  get startTls(): Link["startTls"] {
    const { startTls } = this.#link;
    return startTls && (() => startTls.call(this.#link));
  }

  get waiting(): boolean {
    return this.#cancel !== undefined;
  }

  send(data: string | Uint8Array): void {
    this.#link.send(data);
  }

  sendSpliced(text: Spliced): void {
    if (this.#link.sendSpliced === undefined) this.#link.send(text.toString());
    else this.#link.sendSpliced(text);
  }

  close(code?: number, reason?: string): void {
    this.#link.close(code, reason);
  }

  destroy(): void {
    this.#link.destroy();
  }

  pause(): void {
    this.#paused = true;
    this.#link.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#cancel === undefined) this.#link.resume();
  }

  charge(messages: number): void {
    this.#spend(messages, 0);
  }

  #spend(messages: number, bytes: number): void {
    const [forMessages, forBytes] = [this.#messages?.spend(messages) ?? 0, this.#bytes?.spend(bytes) ?? 0];
    const ms = Math.max(forMessages, forBytes);
    if (ms === 0) return;
    if (this.#pace.beyond === "refuse") return this.#refuse(forMessages > 0 ? refusals.messageRate : refusals.byteRate);
    if (this.#cancel === undefined) (forMessages > 0 ? refusals.messageRate : refusals.byteRate).add();
    this.#cancel?.();
    this.#link.pause();
    const cancel = this.#clock.after(ms, () => {
      this.#cancel = undefined;
      if (!this.#paused) this.#link.resume();
    });
    this.#cancel = cancel;
  }

  #refuse(counted: Counter): void {
    counted.add();
    if (this.#handler?.tooFast !== undefined) this.#handler.tooFast();
    else this.#link.close(1008, "too fast");
  }
}
