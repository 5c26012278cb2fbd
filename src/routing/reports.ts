// What this node says of itself on `$SYS/…`: last values that live and die with the process.
import type { Publication } from "../model/event.ts";
import { type DeviceId, userOf } from "../model/ids.ts";
import { Retained } from "./retained.ts";

/** More topics than any tree of ours has: what would go beyond is delivered and not kept. */
const bounds = { messages: 10_000, bytes: 16 << 20 };

export class Reports {
  readonly #host: string;
  readonly #values = new Retained(bounds);

  constructor(host: string) {
    this.#host = host;
  }

  /** The publication to deliver. */
  note(topic: string, payload: Uint8Array, at: number): Publication {
    const publication: Publication = {
      type: "publication",
      host: this.#host,
      topic,
      payload,
      qos: 0,
      retain: true,
      author: userOf("$SYS", this.#host),
      device: "server" as DeviceId,
      at,
    };
    if (this.#values.admits(publication)) this.#values.set(publication);
    return publication;
  }

  /** Last values of the topics that the filter matches; those of `$SYS` only when the filter says so [MQTT-4.7.2-1]. */
  match(filter: string, nowMs: number): Publication[] {
    return this.#values.match(filter, nowMs);
  }
}
