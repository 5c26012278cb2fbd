// What a remote without No Local will send back: MQTT 3.1.1 has no word against it, so we remember what we sent.
import { createHash } from "node:crypto";
import type { Clock } from "#core";

const bound = 10_000;
const forMs = 60_000;

/**
 * One coming is taken for one going: whoever else publishes the same bytes on the same topic meanwhile is heard all the
 * same, if not in this copy then in ours. At the bound the oldest are forgotten, and may be heard twice.
 */
export class Echoes {
  readonly #clock: Clock;
  /** By topic and content, when each was sent. */
  readonly #sent = new Map<string, number[]>();
  #size = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  sent(topic: string, payload: Uint8Array): void {
    const key = keyOf(topic, payload);
    const times = this.#sent.get(key) ?? [];
    times.push(this.#clock.now());
    this.#sent.delete(key);
    this.#sent.set(key, times); // last in the order of the map, which is that in which the oldest are forgotten
    if (++this.#size <= bound) return;
    const [oldest, { length }] = this.#sent.entries().next().value!;
    this.#sent.delete(oldest);
    this.#size -= length;
  }

  /** Whether it is ours come back; then it is no more expected. */
  isEcho(topic: string, payload: Uint8Array): boolean {
    const key = keyOf(topic, payload);
    const times = this.#sent.get(key);
    if (times === undefined) return false;
    const since = this.#clock.now() - forMs;
    const before = times.length;
    while (times.length > 0 && times[0]! < since) times.shift();
    const found = times.shift() !== undefined;
    this.#size -= before - times.length;
    if (times.length === 0) this.#sent.delete(key);
    return found;
  }
}

function keyOf(topic: string, payload: Uint8Array): string {
  return `${createHash("sha1").update(payload).digest("base64")} ${topic}`;
}
