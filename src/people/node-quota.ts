// How much an account, and a service, may keep in its nodes.
import type { NodeItem, NodeOwner } from "../model/node.ts";
import type { Clock } from "../ops/clock.ts";
import type { NodeStore, NodeUse } from "../store/nodes.ts";
import { NodeRefusal } from "./node-refusal.ts";

const ofAccount: NodeUse = { nodes: 500, items: 20_000, bytes: 32 << 20 };
const ofService: NodeUse = { nodes: 10_000, items: 200_000, bytes: 512 << 20 };
/** What was counted holds for so long; what is added here meanwhile is added to it. */
const freshMs = 10_000;
const ownersBound = 10_000;

export class NodeQuota {
  readonly #store: Pick<NodeStore, "nodeUse">;
  readonly #clock: Clock;
  readonly #known = new Map<NodeOwner, { use: NodeUse; readonly at: number }>();

  constructor(store: Pick<NodeStore, "nodeUse">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async checkNode(owner: NodeOwner): Promise<void> {
    if ((await this.#add(owner, { nodes: 1, items: 0, bytes: 0 })).nodes > boundsOf(owner).nodes)
      throw this.#full(owner, "too-many-nodes");
  }

  /** Items that others go for are counted all the same, until the next count. */
  async checkItems(owner: NodeOwner, items: readonly NodeItem[]): Promise<void> {
    const bytes = items.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0);
    const use = await this.#add(owner, { nodes: 0, items: items.length, bytes });
    const bounds = boundsOf(owner);
    if (use.items > bounds.items || use.bytes > bounds.bytes) throw this.#full(owner, "too-much-kept");
  }

  /** Counted anew by the next who asks: something may have gone meanwhile. */
  #full(owner: NodeOwner, why: "too-many-nodes" | "too-much-kept"): NodeRefusal {
    this.#known.delete(owner);
    return new NodeRefusal(why);
  }

  async #add(owner: NodeOwner, { nodes, items, bytes }: NodeUse): Promise<NodeUse> {
    let known = this.#known.get(owner);
    if (known === undefined || this.#clock.now() - known.at > freshMs) {
      known = { use: await this.#store.nodeUse(owner), at: this.#clock.now() };
      if (this.#known.size >= ownersBound) this.#known.clear();
      this.#known.set(owner, known);
    }
    const { use } = known;
    known.use = { nodes: use.nodes + nodes, items: use.items + items, bytes: use.bytes + bytes };
    return known.use;
  }
}

function boundsOf(owner: NodeOwner): NodeUse {
  return owner.includes("@") ? ofAccount : ofService;
}
