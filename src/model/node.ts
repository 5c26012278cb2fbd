// A node: a named list of items that an account or a service publishes to whoever may hear it (XEP-0060 in XMPP).
import type { UserId } from "./ids.ts";

/** Whose node it is: an account's address, or that of a service of this host. */
export type NodeOwner = string;

/** Who owns the nodes that are no account's. */
export function nodeServiceOf(host: string): NodeOwner {
  return `pubsub.${host}`;
}

/** Who may read and subscribe: anybody, who sees the owner's presence, certain groups of contacts, who was let in, or members. */
export const accessModels = ["open", "presence", "roster", "authorize", "whitelist"] as const;
export type AccessModel = (typeof accessModels)[number];
export const publishModels = ["publishers", "subscribers", "open"] as const;
export type PublishModel = (typeof publishModels)[number];
export const nodeAffiliations = ["owner", "publisher", "publish-only", "member", "none", "outcast"] as const;
export type NodeAffiliation = (typeof nodeAffiliations)[number];
export const sendLastModes = ["never", "on_sub", "on_sub_and_presence"] as const;
export type SendLast = (typeof sendLastModes)[number];

export interface NodeConfig {
  readonly title: string;
  readonly description: string;
  /** What the payloads are: a namespace. */
  readonly type: string;
  readonly accessModel: AccessModel;
  /** Groups of the owner's contact list, for `roster`. */
  readonly rosterGroups: readonly string[];
  readonly publishModel: PublishModel;
  readonly persistItems: boolean;
  /** Older items go when there are more; `mostItems` is as many as there may be. */
  readonly maxItems: number;
  readonly maxPayloadSize: number;
  readonly sendLast: SendLast;
  readonly notifyRetract: boolean;
  readonly notifyDelete: boolean;
  readonly notifyConfig: boolean;
  readonly notifySub: boolean;
  readonly deliverNotifications: boolean;
  readonly deliverPayloads: boolean;
  readonly presenceBased: boolean;
  readonly notificationType: "normal" | "headline";
  /** Who published is named with each item. */
  readonly itemPublisher: boolean;
}

export const mostItems = 10_000;
export const longestPayload = 256 << 10;

/** An account's node unless it says otherwise (XEP-0163 §4.1: open to those who see its presence, one item). */
export const accountNode: NodeConfig = {
  title: "",
  description: "",
  type: "",
  accessModel: "presence",
  rosterGroups: [],
  publishModel: "publishers",
  persistItems: true,
  maxItems: 1,
  maxPayloadSize: longestPayload,
  sendLast: "on_sub_and_presence",
  notifyRetract: true,
  notifyDelete: true,
  notifyConfig: false,
  notifySub: false,
  deliverNotifications: true,
  deliverPayloads: true,
  presenceBased: false,
  notificationType: "headline",
  itemPublisher: false,
};

/** A service's node unless its maker says otherwise. */
export const serviceNode: NodeConfig = { ...accountNode, accessModel: "open", maxItems: 20, sendLast: "on_sub" };

/** What a node of that owner is like unless it is said. */
export function defaultNodeOf(owner: NodeOwner): NodeConfig {
  return owner.includes("@") ? accountNode : serviceNode;
}

/** With no more items, and no longer ones, than there may be. */
export function boundedNode(config: NodeConfig): NodeConfig {
  const maxItems = Math.max(1, Math.min(config.maxItems, mostItems));
  return { ...config, maxItems, maxPayloadSize: Math.min(config.maxPayloadSize, longestPayload) };
}

export interface PubNode {
  readonly owner: NodeOwner;
  readonly name: string;
  readonly config: NodeConfig;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly createdBy: UserId;
}

export interface NodeItem {
  readonly id: string;
  readonly publisher: UserId;
  /** Unix milliseconds. */
  readonly at: number;
  /** The publisher's protocol's own words; empty for an item without any. */
  readonly payload: string;
}

export interface NodeSubscription {
  /** An account's address, or one of its devices' as its protocol writes it. */
  readonly address: string;
  readonly account: UserId;
  readonly state: "subscribed" | "pending";
  /** Tells it from others of the same address, once gone and made anew. */
  readonly id: string;
  /** A pause: nothing is delivered. */
  readonly deliver: boolean;
}

/** Somebody who stands in some way to a node. */
export interface NodeMember {
  readonly node: string;
  /** Of the account; `none` for a line that is a device's subscription. */
  readonly affiliation: NodeAffiliation;
  readonly address: string;
  readonly account: UserId;
  readonly subscription?: NodeSubscription | undefined;
}
