// News that other nodes must have heard before their cause is answered, as far as they can be reached.
import type { Bus } from "../bus/bus.ts";
import type { NodeId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import { nodeKey, nodesKey } from "../sessions/interests.ts";

/** A node that has not answered by then hears of it later, or reads it from the store. */
const patienceMs = 150;

/** Who wants to know that the news was heard. */
export interface Asking {
  readonly node: NodeId;
  readonly id: number;
}

interface Waiting {
  readonly missing: Set<NodeId>;
  done(): void;
}

export class Hearings {
  readonly #bus: Pick<Bus, "announce" | "node" | "nodes">;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(bus: Pick<Bus, "announce" | "node" | "nodes">, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /** Resolves when every node that is up has acted on it, or has had its time. */
  tell(name: string, payload: object): Promise<void> {
    const missing = new Set(this.#bus.nodes());
    const asking: Asking | undefined = missing.size === 0 ? undefined : { node: this.#bus.node, id: ++this.#last };
    this.#bus.announce([nodesKey], { type: "control", name, payload: JSON.stringify({ ...payload, asking }) });
    if (asking === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(patienceMs, () => this.#done(asking.id));
      this.#waiting.set(asking.id, {
        missing,
        done: () => {
          cancel();
          resolve();
        },
      });
    });
  }

  /** The news was acted on here. */
  answer({ node, id }: Asking): void {
    this.#bus.announce([nodeKey(node)], { type: "control", name: "heard", payload: JSON.stringify({ id }) });
  }

  heard(id: number, by: NodeId): void {
    const waiting = this.#waiting.get(id);
    waiting?.missing.delete(by);
    if (waiting?.missing.size === 0) this.#done(id);
  }

  nodeDown(node: NodeId): void {
    for (const id of this.#waiting.keys()) this.heard(id, node);
  }

  #done(id: number): void {
    this.#waiting.get(id)?.done();
    this.#waiting.delete(id);
  }
}
