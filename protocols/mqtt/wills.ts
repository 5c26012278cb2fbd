// Wills (MQTT 5.0 §3.1.2.5): what is said in a client's name when it goes without a word.
import type { Core, DeviceId, UserId } from "#core";

const longestTimerMs = 2 ** 31 - 1;

/** How a will is published once it is due. */
export interface DueWill {
  readonly user: UserId;
  readonly device: DeviceId;
  publish(): void;
}

/** Wills that wait for their delay. In this process only: one that dies takes them with it. */
export class Wills {
  readonly #core: Pick<Core, "clock">;
  readonly #waiting = new Map<string, { readonly will: DueWill; readonly cancel: () => void }>();

  constructor(core: Pick<Core, "clock">) {
    this.#core = core;
  }

  /** Publishes the will after `delayMs`, unless the session is resumed before [MQTT-3.1.3-9]. */
  due(will: DueWill, delayMs: number): void {
    this.resumed(will.user, will.device);
    if (delayMs <= 0) return will.publish();
    // A timer counts milliseconds in 31 bits; a will may wait for longer.
    const step = Math.min(delayMs, longestTimerMs);
    const cancel = this.#core.clock.after(step, () => this.due(will, delayMs - step));
    this.#waiting.set(keyOf(will.user, will.device), { will, cancel });
  }

  /** The session goes on: its will is not sent. */
  resumed(user: UserId, device: DeviceId): void {
    const key = keyOf(user, device);
    this.#waiting.get(key)?.cancel();
    this.#waiting.delete(key);
  }

  /** The session ended before the delay did: the will is due now (MQTT 5.0 §3.1.3.2.2). */
  ended(user: UserId, device: DeviceId): void {
    const waiting = this.#waiting.get(keyOf(user, device));
    this.resumed(user, device);
    waiting?.will.publish();
  }

  /** The server stops: what is due later is said now rather than never. */
  flush(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { will, cancel } of waiting) {
      cancel();
      will.publish();
    }
  }
}

function keyOf(user: UserId, device: DeviceId): string {
  return `${user} ${device}`;
}
