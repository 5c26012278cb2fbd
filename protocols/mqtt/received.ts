// QoS 2 messages from the client that are not complete (MQTT 5.0 §4.3.3, the receiver's side).

/** `storing`: its PUBLISH is on its way to the store. `held`: PUBREC is due or sent, PUBREL is not here. */
export type Stage = "storing" | "held" | "releasing";

export class Received {
  #stages: Map<number, Stage> | undefined;
  /** Those of this connection, which count against our Receive Maximum. */
  #counted: Set<number> | undefined;

  /** `held`: identifiers kept from an earlier connection. */
  constructor(held: readonly number[] = []) {
    if (held.length > 0) this.#stages = new Map(held.map((id) => [id, "held"]));
  }

  get counted(): number {
    return this.#counted?.size ?? 0;
  }

  stageOf(id: number): Stage | undefined {
    return this.#stages?.get(id);
  }

  begin(id: number): void {
    (this.#stages ??= new Map()).set(id, "storing");
    (this.#counted ??= new Set()).add(id);
  }

  advance(id: number, stage: Stage): void {
    this.#stages?.set(id, stage);
  }

  /** Complete, or refused: the identifier is the client's to use again. */
  end(id: number): void {
    this.#stages?.delete(id);
    this.#counted?.delete(id);
  }

  /** A new connection begins: its client counts from zero (MQTT 5.0 §4.9). */
  recount(): void {
    this.#counted = undefined;
  }

  /** What a resumed session must still know: a PUBLISH under one of these was taken already. */
  held(): number[] {
    return [...(this.#stages ?? [])].filter(([, stage]) => stage !== "storing").map(([id]) => id);
  }
}
