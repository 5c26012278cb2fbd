// Topic aliases (MQTT 5.0 §3.3.2.3.4), each way of one connection its own.
import { PacketFault } from "./faults.ts";
import { reason } from "./reasons.ts";

/** Those the client sets. */
export class IncomingAliases {
  readonly #maximum: number;
  #topics: (string | undefined)[] = [];

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The topic of a PUBLISH with this alias: its own, remembered, or the one remembered. */
  resolve(alias: number, topic: string): string {
    if (alias > this.#maximum) throw new PacketFault(reason.topicAliasInvalid, "topic alias above the maximum"); // [MQTT-3.3.2-9]
    if (topic !== "") return (this.#topics[alias] = topic);
    const known = this.#topics[alias];
    if (known === undefined) throw new PacketFault(reason.protocolError, "topic alias that was never set");
    return known;
  }
}

/** Those we set: the first topics get one, the others travel in full. Never more than the client takes [MQTT-3.1.2-26]. */
export class OutgoingAliases {
  readonly #maximum: number;
  readonly #aliases = new Map<string, number>();

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The alias the client knows for the topic; 0: none. */
  known(topic: string): number {
    return this.#aliases.get(topic) ?? 0;
  }

  /** An alias to introduce with this topic's next PUBLISH, from then on known; 0: no more. */
  introduce(topic: string): number {
    if (this.#aliases.size >= this.#maximum) return 0;
    const alias = this.#aliases.size + 1;
    this.#aliases.set(topic, alias);
    return alias;
  }
}
