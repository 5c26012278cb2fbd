// Wills: what is said in a device's name when it goes without a word. Kept in the device's record, so that they
// outlive the process; whoever takes a will out of the record says it, so that it is never said twice.
import type { Will, WillMessage } from "../core.ts";
import { type DeviceId, deviceKey, type NodeId, type UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { DeviceRecord, Devices } from "../store/store.ts";

const lookEveryMs = 5_000;
/** A node that gave no sign of life for so long is dead: four signs were missed. */
const silenceMs = 20_000;
const retryMs = 1_000;
const atOnce = 500;

export interface WillParts {
  readonly devices: Pick<Devices, "takeWill" | "dueWills" | "orphans" | "seen" | "putDevice">;
  readonly clock: Clock;
  readonly node: NodeId;
  /** No other node can be alive: what attached to one is gone. */
  readonly alone: boolean;
  say(user: UserId, device: DeviceId, message: WillMessage): void;
  readonly failed: (error: unknown) => void;
}

/** A will in its record, with how long its session outlives the connection. */
interface Kept extends Will {
  readonly lastsMs: number;
}

export type Owner = Pick<DeviceRecord, "user" | "device" | "attachedAt">;

export class Wills {
  readonly #parts: WillParts;
  readonly #startedAt: number;
  /** By device: what is to be said later on. */
  readonly #waiting = new Map<string, () => void>();
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(parts: WillParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
  }

  /** Says what became due while no node was there to say it, and goes on looking. */
  async start(): Promise<void> {
    await this.#look().catch(this.#parts.failed);
    if (this.#stopped) return;
    this.#cancel = this.#parts.clock.after(lookEveryMs, () => void this.start());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  /** Says the will, unless somebody else does, or it was withdrawn meanwhile. Tries until the store has answered. */
  async fire(owner: Owner, will: string): Promise<void> {
    const { devices, failed, clock } = this.#parts;
    try {
      if (await devices.takeWill(owner.user, owner.device, owner.attachedAt))
        this.#parts.say(owner.user, owner.device, parsed(will).message);
    } catch (error) {
      failed(error);
      this.schedule(owner, will, clock.now() + retryMs);
    }
  }

  /** The will is due then. It is in the record, so that another node says it should this one be gone. */
  schedule(owner: Owner, will: string, at: number): void {
    const key = deviceKey(owner.user, owner.device);
    this.#waiting.get(key)?.();
    // A timer counts milliseconds in 31 bits; `look` comes by again for what is due later.
    const waitMs = at - this.#parts.clock.now();
    if (waitMs > 2 * lookEveryMs) return void this.#waiting.delete(key);
    const cancel = this.#parts.clock.after(Math.max(0, waitMs), () => {
      this.#waiting.delete(key);
      void this.fire(owner, will);
    });
    this.#waiting.set(key, cancel);
  }

  async #look(): Promise<void> {
    const { devices, clock, node, alone } = this.#parts;
    const now = clock.now();
    await devices.seen(node, now);
    for (const record of await devices.dueWills(now + 2 * lookEveryMs, atOnce))
      this.schedule(record, record.will!, record.willAt!);
    const silentSince = alone ? Number.MAX_SAFE_INTEGER : now - silenceMs;
    for (const record of await devices.orphans({ silentSince, node, startedAt: this.#startedAt }, atOnce)) {
      // The connection ended with its node, and that is when it was noticed (MQTT 5.0 §3.1.2.5).
      const { delayMs, lastsMs } = parsed(record.will!);
      const waitMs = Math.min(delayMs, lastsMs);
      if (waitMs > 0) await devices.putDevice({ ...record, willAt: now + waitMs });
      if (waitMs > 0) this.schedule(record, record.will!, now + waitMs);
      else await this.fire(record, record.will!);
    }
  }
}

/** How long after the connection's end it is due: after its delay, or when the session ends, if that is sooner. */
export function delayOf(will: string, lastsMs?: number): number {
  const kept = parsed(will);
  return Math.min(kept.delayMs, lastsMs ?? kept.lastsMs);
}

export function serialised(will: Will | undefined, lastsMs: number): string | undefined {
  if (will === undefined) return undefined;
  const { delayMs, message } = will;
  const kept = { delayMs, lastsMs: Math.min(lastsMs, Number.MAX_SAFE_INTEGER), message: turned(message, base64) };
  return JSON.stringify(kept);
}

function parsed(will: string): Kept {
  const kept = JSON.parse(will) as Kept;
  return { ...kept, message: turned(kept.message, fromBase64) as WillMessage };
}

/** With the field that holds bytes turned into something else. */
function turned(message: WillMessage, turn: (bytes: Uint8Array) => unknown): object {
  if (message.type === "publication") return { ...message, payload: turn(message.payload) };
  return message.bytes === undefined ? message : { ...message, bytes: turn(message.bytes) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function fromBase64(text: unknown): Buffer {
  return Buffer.from(text as string, "base64");
}
