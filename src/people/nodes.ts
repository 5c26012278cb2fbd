// Nodes: made, published to, read and governed. Permissions are the core's; PubSub and PEP are views.
import { randomUUID } from "node:crypto";
import type { NodeListener, NodePlace, Nodes, PublishOptions, SubscriptionChange } from "../core-nodes.ts";
import type { UserId } from "../model/ids.ts";
import {
  boundedNode as bounded,
  type NodeAffiliation,
  type NodeConfig,
  type NodeItem,
  type NodeMember,
  type NodeOwner,
  type NodeSubscription,
  type PubNode,
} from "../model/node.ts";
import { itemsNews, type NodeNews as NodeNewsEvent } from "../model/node-event.ts";
import type { Clock } from "../ops/clock.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import type { ItemPage, ItemQuery, LastItem, NodeStore } from "../store/nodes.ts";
import type { Accounts } from "../store/store.ts";
import {
  affiliationOf,
  barsReader,
  barsSubscriber,
  hostOfNode,
  type KnownNode,
  mayPublish,
  usesContacts,
} from "./node-access.ts";
import { NodeGovernment } from "./node-government.ts";
import type { NodeNews } from "./node-news.ts";
import { NodeRefusal } from "./node-refusal.ts";
import { NodeQuota } from "./node-quota.ts";

/** Bytes of a node's name, of an item's id and of a subscribed address: what a database takes as a key. */
const longestName = 1000;
/** Lines of one node: subscriptions and affiliations. */
const mostMembers = 10_000;
const mostListed = 10_000;

export interface NodeParts {
  readonly store: NodeStore & Pick<Accounts, "contacts">;
  readonly clock: Clock;
  readonly news: NodeNews;
  blocked(owner: UserId, other: UserId): Promise<boolean>;
}

export class NodesImpl implements Nodes {
  readonly #parts: NodeParts;
  readonly #quota: NodeQuota;
  readonly #government: NodeGovernment;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.#quota = new NodeQuota(parts.store, parts.clock);
    this.#government = new NodeGovernment(parts, (place) => this.#known(place));
  }

  find({ owner, name }: NodePlace): Promise<PubNode | undefined> {
    return this.#parts.store.node(owner, name);
  }

  list(owner: NodeOwner): Promise<readonly PubNode[]> {
    return this.#parts.store.nodes(owner, mostListed);
  }

  async create({ owner, name }: NodePlace, by: UserId, config: NodeConfig): Promise<PubNode> {
    if (owner.includes("@") && owner !== by) throw new NodeRefusal("not-allowed");
    if (Buffer.byteLength(name) > longestName) throw new NodeRefusal("name-too-long");
    await this.#quota.checkNode(owner);
    const node: PubNode = { owner, name, config: bounded(config), createdAt: this.#parts.clock.now(), createdBy: by };
    if (!(await this.#parts.store.createNode(node))) throw new NodeRefusal("taken");
    return node;
  }

  configure(place: NodePlace, by: UserId, changes: Partial<NodeConfig>): Promise<PubNode> {
    return this.#government.configure(place, by, changes);
  }

  remove(place: NodePlace, by: UserId, redirect?: string): Promise<void> {
    return this.#government.remove(place, by, redirect);
  }

  purge(place: NodePlace, by: UserId): Promise<void> {
    return this.#government.purge(place, by);
  }

  async publish(
    place: NodePlace,
    by: UserId,
    items: readonly Pick<NodeItem, "id" | "payload">[],
    { make, conditions }: PublishOptions = {},
  ): Promise<void> {
    const known = await this.#knownOrMade(place, by, make, conditions);
    const { config } = known.node;
    if (!mayPublish(known, by)) throw new NodeRefusal("not-allowed");
    const at = this.#parts.clock.now();
    const published = items.map(({ id, payload }) => ({ id, payload, publisher: by, at }));
    for (const { id, payload } of published) {
      if (Buffer.byteLength(payload) > config.maxPayloadSize) throw new NodeRefusal("payload-too-big");
      if (Buffer.byteLength(id) > longestName) throw new NodeRefusal("name-too-long");
    }
    if (config.persistItems && published.length > 0) {
      await this.#quota.checkItems(place.owner, published);
      const kept = await this.#parts.store.putItems(place.owner, place.name, published, config.maxItems);
      if (!kept) throw new NodeRefusal("no-node");
    }
    this.#parts.news.tell(known, itemsNews(config, published, false));
  }

  async retract(place: NodePlace, by: UserId, id: string, notify: boolean): Promise<void> {
    const known = await this.#need(place);
    if (!known.node.config.persistItems) throw new NodeRefusal("not-persistent");
    const affiliation = affiliationOf(known, by);
    const item = await this.#parts.store.nodeItem(place.owner, place.name, id);
    // §4.1: whoever may publish may take back what he has published, an owner anything.
    const own = item?.publisher === by && mayPublish(known, by);
    if (affiliation !== "owner" && !own && (item !== undefined || !mayPublish(known, by)))
      throw new NodeRefusal("not-allowed");
    if (!(await this.#parts.store.removeItem(place.owner, place.name, id))) throw new NodeRefusal("no-item");
    if (notify || known.node.config.notifyRetract) this.#parts.news.tell(known, { what: "retracted", ids: [id] });
  }

  async items(place: NodePlace, by: UserId, query: ItemQuery): Promise<ItemPage | undefined> {
    await this.checkReadable(place, by);
    return this.#parts.store.nodeItems(place.owner, place.name, query);
  }

  async itemsOf(place: NodePlace, by: UserId, ids: readonly string[]): Promise<readonly NodeItem[]> {
    await this.checkReadable(place, by);
    const found = await Promise.all(ids.map((id) => this.#parts.store.nodeItem(place.owner, place.name, id)));
    return found.filter((item) => item !== undefined);
  }

  async checkReadable(place: NodePlace, by: UserId): Promise<PubNode> {
    const known = await this.#need(place);
    const why = barsReader(known, by);
    if (why !== undefined) throw new NodeRefusal(why);
    if (await this.#parts.blocked(hostOfNode(known.node), by)) throw new NodeRefusal("no-node"); // as if it were not there
    return known.node;
  }

  async subscribe(place: NodePlace, by: UserId, address: string): Promise<NodeSubscription> {
    const known = await this.#need(place);
    const why = barsSubscriber(known, by);
    if (why !== undefined) throw new NodeRefusal(why);
    const before = known.members.find((member) => member.address === address)?.subscription;
    if (before?.state === "pending") throw new NodeRefusal("pending"); // §6.1.3.7
    if (before !== undefined) return before;
    if (known.members.length >= mostMembers) throw new NodeRefusal("too-many-members");
    if (Buffer.byteLength(address) > longestName) throw new NodeRefusal("name-too-long");
    const asks = known.node.config.accessModel === "authorize" && affiliationOf(known, by) === "none";
    const state = asks ? "pending" : "subscribed";
    const subscription: NodeSubscription = { address, account: by, state, id: randomUUID(), deliver: true };
    if (!(await this.#parts.store.putNodeSubscription(place.owner, place.name, subscription)))
      throw new NodeRefusal("no-node");
    if (asks) this.#tellOwners(known, { what: "request", subscription });
    else {
      this.#tellOfSubscriber(known, address, state);
      await this.#tellLast(known.node, subscription);
    }
    return subscription;
  }

  async unsubscribe(place: NodePlace, by: UserId, address: string, id?: string): Promise<void> {
    const before = await this.options(place, by, address);
    if (id !== undefined && id !== before.id) throw new NodeRefusal("wrong-subscription");
    await this.#parts.store.removeNodeSubscription(place.owner, place.name, address);
    this.#tellOfSubscriber(await this.#need(place), address, undefined);
  }

  async options(place: NodePlace, by: UserId, address: string, deliver?: boolean): Promise<NodeSubscription> {
    const { members } = await this.#need(place);
    const before = members.find((member) => member.address === address && member.account === by)?.subscription;
    if (before === undefined) throw new NodeRefusal("no-subscription");
    if (deliver === undefined || deliver === before.deliver) return before;
    const changed = { ...before, deliver };
    await this.#parts.store.putNodeSubscription(place.owner, place.name, changed);
    return changed;
  }

  memberships(owner: NodeOwner, by: UserId): Promise<readonly NodeMember[]> {
    return this.#parts.store.nodeMemberships(owner, by);
  }

  members(place: NodePlace, by: UserId): Promise<readonly NodeMember[]> {
    return this.#government.members(place, by);
  }

  affiliate(place: NodePlace, by: UserId, changes: readonly (readonly [UserId, NodeAffiliation])[]): Promise<void> {
    return this.#government.affiliate(place, by, changes);
  }

  govern(place: NodePlace, by: UserId, changes: readonly SubscriptionChange[]): Promise<void> {
    return this.#government.govern(place, by, changes);
  }

  listen(session: DeviceSession, listener: NodeListener): void {
    this.#parts.news.listen(session, listener);
  }

  async latest(by: UserId, owners: readonly NodeOwner[], names: readonly string[]): Promise<readonly LastItem[]> {
    const last = await this.#parts.store.lastItems(owners, names);
    const seen: LastItem[] = [];
    for (const each of last) {
      if (each.node.config.sendLast !== "on_sub_and_presence" || !each.node.config.deliverNotifications) continue;
      if (barsReader(await this.#around(each.node), by) !== undefined) continue;
      if (!(await this.#parts.blocked(hostOfNode(each.node), by))) seen.push(each);
    }
    return seen;
  }

  async #tellLast(node: PubNode, { address, account }: NodeSubscription): Promise<void> {
    if (node.config.sendLast === "never" || !node.config.deliverNotifications) return;
    const [last] = await this.#parts.store.lastItems([node.owner], [node.name]);
    if (last === undefined) return;
    this.#parts.news.tellOnly({ node }, itemsNews(node.config, [last.item], true), [{ account, address }]);
  }

  /** Where the owners want to hear who comes and goes. */
  #tellOfSubscriber(known: KnownNode, address: string, state: NodeSubscription["state"] | undefined): void {
    if (known.node.config.notifySub) this.#tellOwners(known, { what: "subscription", address, state });
  }

  #tellOwners(known: KnownNode, news: NodeNewsEvent): void {
    const owners = known.members.filter(({ affiliation }) => affiliation === "owner");
    const readers = owners.map(({ account }) => ({ account, address: account }));
    this.#parts.news.tellOnly(known, news, readers);
  }

  async #knownOrMade(
    place: NodePlace,
    by: UserId,
    make: NodeConfig | undefined,
    conditions: Partial<NodeConfig> | undefined,
  ): Promise<KnownNode> {
    let known = await this.#known(place);
    if (known === undefined && make !== undefined) {
      await this.create(place, by, make).catch((error: unknown) => {
        if (!(error instanceof NodeRefusal && error.why === "taken")) throw error; // made meanwhile
      });
    }
    known ??= await this.#need(place);
    const { config } = known.node;
    // Only who may publish learns how the node is set.
    if (mayPublish(known, by) && conditions !== undefined && !meets(config, conditions))
      throw new NodeRefusal("condition-not-met");
    return known;
  }

  async #need(place: NodePlace): Promise<KnownNode> {
    const known = await this.#known(place);
    if (known === undefined) throw new NodeRefusal("no-node");
    return known;
  }

  async #known({ owner, name }: NodePlace): Promise<KnownNode | undefined> {
    const node = await this.#parts.store.node(owner, name);
    return node === undefined ? undefined : this.#around(node);
  }

  async #around(node: PubNode): Promise<KnownNode> {
    const [members, contacts] = await Promise.all([
      this.#parts.store.nodeMembers(node.owner, node.name),
      usesContacts(node) ? this.#parts.store.contacts(hostOfNode(node)) : [],
    ]);
    return { node, members, contacts: new Map(contacts.map((contact) => [contact.contact, contact])) };
  }
}

function meets(config: NodeConfig, conditions: Partial<NodeConfig>): boolean {
  const wanted = bounded({ ...config, ...conditions });
  return (Object.keys(conditions) as (keyof NodeConfig)[]).every(
    (key) => JSON.stringify(wanted[key]) === JSON.stringify(config[key]),
  );
}
