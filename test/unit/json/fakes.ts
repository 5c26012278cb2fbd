// Small stand-ins for what the front-end's parts are given.
import { type Clock, type DeviceId, directOf, type Envelope, type MessageId, type Session } from "#core";
import type { Delivery } from "../../../src/model/event.ts";
import { localUser } from "../../../src/testing/core.ts";

export const alice = localUser("alice");
export const bob = localUser("bob");
export const dm = directOf(alice, bob);
export const phone = { user: bob, device: "json:phone" as DeviceId };

export function entry(more: Partial<Envelope> = {}): Envelope {
  return {
    ...{ type: "entry", conversation: dm, seq: 1, kind: "message", mid: "m-1" as MessageId, at: 0 },
    ...{ author: alice, device: "json:desk" as DeviceId, body: "hi" },
    ...more,
  };
}

/** Time that a test moves. */
export class Time implements Clock {
  #now = 1_000_000;
  #timers: { readonly at: number; readonly call: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#timers.toSorted((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > until) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = next.at;
      next.call();
    }
    this.#now = until;
  }
}

/** A session whose outbox a test fills. */
export class Outboxed implements Session {
  readonly id = "session";
  readonly user = phone.user;
  readonly device = phone.device;
  readonly known = undefined;
  readonly attached = true;
  fullness = 0;
  readonly box: Delivery[] = [];

  get waiting(): number {
    return this.box.length;
  }

  take(max: number): Delivery[] {
    return this.box.splice(0, max);
  }

  put(...events: Delivery["event"][]): void {
    for (const event of events) this.box.push({ event, late: false, redelivered: false });
  }
}

export class FakeLink {
  readonly frames: string[] = [];
  buffered = 0;

  send(frame: string | Uint8Array): void {
    this.frames.push(String(frame));
    this.buffered += frame.length;
  }
}

export const endOfTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
