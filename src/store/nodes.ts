// What the core asks of storage for nodes; a part of the store's contract.
import type { UserId } from "../model/ids.ts";
import type { NodeAffiliation, NodeItem, NodeMember, NodeOwner, NodeSubscription, PubNode } from "../model/node.ts";

export interface ItemQuery {
  /** Items behind, or before, the one of this id. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
  /** The last ones of those rather than the first. */
  readonly fromEnd: boolean;
}

export interface ItemPage {
  /** In the order they were published in. */
  readonly items: readonly NodeItem[];
  /** Of the whole node. */
  readonly count: number;
  /** How many come before the first of the page. */
  readonly index: number;
}

export interface NodeUse {
  readonly nodes: number;
  readonly items: number;
  /** Of the payloads. */
  readonly bytes: number;
}

export interface LastItem {
  readonly node: PubNode;
  readonly item: NodeItem;
}

/** Nodes with their items and members. All is durable when it resolves, and goes with the owner's account. */
export interface NodeStore {
  node(owner: NodeOwner, name: string): Promise<PubNode | undefined>;
  /** By name. */
  nodes(owner: NodeOwner, limit: number): Promise<readonly PubNode[]>;
  nodeUse(owner: NodeOwner): Promise<NodeUse>;
  /** With its maker as its owner; false when the name is taken. */
  createNode(node: PubNode): Promise<boolean>;
  /** Replaces the config, and lets go of the oldest items that are too many for it; false when there is no such node. */
  updateNode(node: PubNode): Promise<boolean>;
  /** With its items and members. */
  removeNode(owner: NodeOwner, name: string): Promise<boolean>;
  /**
   * Adds the items at the end, each in the place of one of the same id, and lets go of the oldest but `keep`. False when
   * there is no such node.
   */
  putItems(owner: NodeOwner, name: string, items: readonly NodeItem[], keep: number): Promise<boolean>;
  /** False when there was none. */
  removeItem(owner: NodeOwner, name: string, id: string): Promise<boolean>;
  purgeNode(owner: NodeOwner, name: string): Promise<void>;
  nodeItem(owner: NodeOwner, name: string, id: string): Promise<NodeItem | undefined>;
  /** Undefined when an item that the query names is not there. */
  nodeItems(owner: NodeOwner, name: string, query: ItemQuery): Promise<ItemPage | undefined>;
  /** The last item of each of these owners' nodes of these names. */
  lastItems(owners: readonly NodeOwner[], names: readonly string[]): Promise<readonly LastItem[]>;
  nodeMembers(owner: NodeOwner, name: string): Promise<readonly NodeMember[]>;
  /** The account's lines, those of its devices included, in all of this owner's nodes. */
  nodeMemberships(owner: NodeOwner, account: UserId): Promise<readonly NodeMember[]>;
  /** False when there is no such node. */
  putNodeAffiliation(owner: NodeOwner, name: string, account: UserId, affiliation: NodeAffiliation): Promise<boolean>;
  putNodeSubscription(owner: NodeOwner, name: string, subscription: NodeSubscription): Promise<boolean>;
  /** False when there was none. */
  removeNodeSubscription(owner: NodeOwner, name: string, address: string): Promise<boolean>;
}
