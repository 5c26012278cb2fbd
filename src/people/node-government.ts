// What the owners of a node do with it (XEP-0060 §8): its config, its end, and who stands to it how.
import { randomUUID } from "node:crypto";
import type { NodePlace, SubscriptionChange } from "../core-nodes.ts";
import type { UserId } from "../model/ids.ts";
import {
  boundedNode as bounded,
  type NodeAffiliation,
  type NodeConfig,
  type NodeMember,
  type PubNode,
} from "../model/node.ts";
import { affiliationOf, type KnownNode } from "./node-access.ts";
import { NodeRefusal } from "./node-refusal.ts";
import type { NodeParts } from "./nodes.ts";

export class NodeGovernment {
  readonly #parts: NodeParts;
  readonly #known: (place: NodePlace) => Promise<KnownNode | undefined>;

  constructor(parts: NodeParts, known: (place: NodePlace) => Promise<KnownNode | undefined>) {
    this.#parts = parts;
    this.#known = known;
  }

  async configure(place: NodePlace, by: UserId, changes: Partial<NodeConfig>): Promise<PubNode> {
    const known = await this.#owned(place, by);
    const node = { ...known.node, config: bounded({ ...known.node.config, ...changes }) };
    if (!(await this.#parts.store.updateNode(node))) throw new NodeRefusal("no-node");
    const config = node.config.deliverPayloads ? node.config : undefined;
    if (node.config.notifyConfig) this.#parts.news.tell({ ...known, node }, { what: "configured", config });
    return node;
  }

  async remove(place: NodePlace, by: UserId, redirect?: string): Promise<void> {
    const known = await this.#owned(place, by);
    if (!(await this.#parts.store.removeNode(place.owner, place.name))) throw new NodeRefusal("no-node");
    if (known.node.config.notifyDelete) this.#parts.news.tell(known, { what: "deleted", redirect });
  }

  async purge(place: NodePlace, by: UserId): Promise<void> {
    const known = await this.#owned(place, by);
    if (!known.node.config.persistItems) throw new NodeRefusal("not-persistent"); // §8.5.3.3
    await this.#parts.store.purgeNode(place.owner, place.name);
    if (known.node.config.notifyRetract) this.#parts.news.tell(known, { what: "purged" });
  }

  async members(place: NodePlace, by: UserId): Promise<readonly NodeMember[]> {
    return (await this.#owned(place, by)).members;
  }

  async affiliate(
    place: NodePlace,
    by: UserId,
    changes: readonly (readonly [UserId, NodeAffiliation])[],
  ): Promise<void> {
    const known = await this.#owned(place, by);
    const owners = new Set(known.members.filter((each) => each.affiliation === "owner").map((each) => each.account));
    for (const [user, affiliation] of changes) {
      if (affiliation === "owner") owners.add(user);
      else owners.delete(user);
    }
    // §8.9.2.4; and an account's own nodes stay its own.
    const keepsOwner = owners.size > 0 && (!place.owner.includes("@") || owners.has(place.owner as UserId));
    if (!keepsOwner) throw new NodeRefusal("no-owner-left");
    for (const [user, affiliation] of changes) {
      if (affiliationOf(known, user) === affiliation) continue;
      await this.#parts.store.putNodeAffiliation(place.owner, place.name, user, affiliation);
      if (affiliation === "outcast") await this.#unsubscribe(known, place, user);
      this.#parts.news.tellOnly(known, { what: "affiliation", affiliation }, [{ account: user, address: user }]);
    }
  }

  async govern(place: NodePlace, by: UserId, changes: readonly SubscriptionChange[]): Promise<void> {
    const known = await this.#owned(place, by);
    for (const { address, account, state } of changes) {
      const before = known.members.find((member) => member.address === address)?.subscription;
      if (before?.state === state) continue;
      if (state === undefined) await this.#parts.store.removeNodeSubscription(place.owner, place.name, address);
      else {
        const subscription = { ...(before ?? { address, account, id: randomUUID(), deliver: true }), state };
        await this.#parts.store.putNodeSubscription(place.owner, place.name, subscription);
      }
      this.#parts.news.tellOnly(known, { what: "subscription", address, state }, [{ account, address }]);
    }
  }

  /** §8.9.2: outcasts hear nothing any more. */
  async #unsubscribe(known: KnownNode, { owner, name }: NodePlace, user: UserId): Promise<void> {
    for (const { account, address, subscription } of known.members)
      if (account === user && subscription !== undefined)
        await this.#parts.store.removeNodeSubscription(owner, name, address);
  }

  async #owned(place: NodePlace, by: UserId): Promise<KnownNode> {
    const known = await this.#known(place);
    if (known === undefined) throw new NodeRefusal("no-node");
    if (affiliationOf(known, by) !== "owner") throw new NodeRefusal("not-allowed");
    return known;
  }
}
