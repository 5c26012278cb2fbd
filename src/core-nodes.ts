// What the core offers on nodes (`model/node.ts`); a part of `core.ts`.
import type { Session } from "./core.ts";
import type { UserId } from "./model/ids.ts";
import type {
  NodeAffiliation,
  NodeConfig,
  NodeItem,
  NodeMember,
  NodeOwner,
  NodeSubscription,
  PubNode,
} from "./model/node.ts";
import type { ItemPage, ItemQuery, LastItem } from "./store/nodes.ts";

export interface NodePlace {
  readonly owner: NodeOwner;
  readonly name: string;
}

export interface PublishOptions {
  /** A node that is not there is made, with this config. Undefined: not-found. */
  readonly make?: NodeConfig | undefined;
  /** What the node must be like, if it is there. */
  readonly conditions?: Partial<NodeConfig> | undefined;
}

/** What a session hears of nodes. */
export interface NodeListener {
  /** The device's own address, for subscriptions of it alone. */
  readonly address: string;
  /** Whether subscriptions of the account concern it now. */
  hears(): boolean;
  /** Of accounts whose presence it may see, and its own: whether it wants to hear of their nodes of this name. */
  wants(name: string): boolean;
}

/**
 * Nodes of accounts and services. All is durable when it resolves; sessions that listen, on any node of the cluster, hear a
 * NodeSignal. Whoever may not is refused with a NodeRefusal, which says why.
 */
export interface Nodes {
  find(place: NodePlace): Promise<PubNode | undefined>;
  /** By name. */
  list(owner: NodeOwner): Promise<readonly PubNode[]>;
  /** Faults: conflict (taken), quota-exceeded, too-large (its name), forbidden (another account's). */
  create(place: NodePlace, by: UserId, config: NodeConfig): Promise<PubNode>;
  configure(place: NodePlace, by: UserId, changes: Partial<NodeConfig>): Promise<PubNode>;
  /** Those who may be told of a new place are told of it. */
  remove(place: NodePlace, by: UserId, redirect?: string): Promise<void>;
  purge(place: NodePlace, by: UserId): Promise<void>;
  publish(place: NodePlace, by: UserId, items: readonly Pick<NodeItem, "id" | "payload">[], options?: PublishOptions): Promise<void>; // prettier-ignore
  /** `notify` tells of it, whatever the node's config says. */
  retract(place: NodePlace, by: UserId, id: string, notify: boolean): Promise<void>;
  /** Undefined when an item that the query names is not there. */
  items(place: NodePlace, by: UserId, query: ItemQuery): Promise<ItemPage | undefined>;
  /** Those of these ids that are there. */
  itemsOf(place: NodePlace, by: UserId, ids: readonly string[]): Promise<readonly NodeItem[]>;
  /** Throws unless the account may read the node. */
  checkReadable(place: NodePlace, by: UserId): Promise<PubNode>;
  /** As it was, for an address that is subscribed already. */
  subscribe(place: NodePlace, by: UserId, address: string): Promise<NodeSubscription>;
  unsubscribe(place: NodePlace, by: UserId, address: string, id?: string): Promise<void>;
  /** Whether it is delivered to; undefined only asks. */
  options(place: NodePlace, by: UserId, address: string, deliver?: boolean): Promise<NodeSubscription>;
  /** The account's own lines in the owner's nodes. */
  memberships(owner: NodeOwner, by: UserId): Promise<readonly NodeMember[]>;
  /** All lines; for the node's owners. */
  members(place: NodePlace, by: UserId): Promise<readonly NodeMember[]>;
  affiliate(place: NodePlace, by: UserId, changes: readonly (readonly [UserId, NodeAffiliation])[]): Promise<void>;
  /** `undefined` ends a subscription; for the node's owners. */
  govern(place: NodePlace, by: UserId, changes: readonly SubscriptionChange[]): Promise<void>;
  /** The session's part; ends with it. */
  listen(session: Session, listener: NodeListener): void;
  /** The last items of these owners' nodes of these names that say themselves to whoever comes, as far as the account may read them. */
  latest(by: UserId, owners: readonly NodeOwner[], names: readonly string[]): Promise<readonly LastItem[]>;
}

export interface SubscriptionChange {
  readonly address: string;
  readonly account: UserId;
  readonly state: NodeSubscription["state"] | undefined;
}
