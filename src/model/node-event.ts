// What happened to a node, on its way to those who hear of it.
import type { Memo } from "./event.ts";
import type { UserId } from "./ids.ts";
import type { NodeAffiliation, NodeConfig, NodeItem, NodeOwner, NodeSubscription } from "./node.ts";

/** What happened to a node (`node.ts`), for those who hear of it. */
export interface NodeSignal extends Memo {
  readonly type: "signal";
  readonly name: "node";
  readonly owner: NodeOwner;
  readonly node: string;
  readonly notificationType: NodeConfig["notificationType"];
  readonly news: NodeNews;
  /** Who subscribed, with the address that is subscribed; without one: who hears of it unasked, if its client wants to. */
  readonly readers: readonly { readonly account: UserId; readonly address: string | undefined }[];
}

export type NodeNews =
  | {
      readonly what: "items";
      /** Empty for a node that tells only that something happened. */
      readonly items: readonly NodeItem[];
      readonly payloads: boolean;
      /** Who published is said. */
      readonly publishers: boolean;
      /** It is the last item for somebody new, not a new one. */
      readonly late: boolean;
    }
  | { readonly what: "retracted"; readonly ids: readonly string[] }
  | { readonly what: "purged" }
  | { readonly what: "deleted"; readonly redirect?: string | undefined }
  | { readonly what: "configured"; readonly config: NodeConfig | undefined }
  /** For the subscriber: how its subscription stands now; undefined: it has ended. */
  | { readonly what: "subscription"; readonly address: string; readonly state: NodeSubscription["state"] | undefined }
  /** For the account: how it stands to the node now. */
  | { readonly what: "affiliation"; readonly affiliation: NodeAffiliation }
  /** For the owners: somebody asks to be let in. */
  | { readonly what: "request"; readonly subscription: NodeSubscription };

/** Items as those hear of them who may: without what they say, or by whom, where the node keeps that to itself. */
export function itemsNews(
  { deliverPayloads: payloads, itemPublisher: publishers }: NodeConfig,
  items: readonly NodeItem[],
  late: boolean,
): NodeNews {
  const told = payloads ? items : items.map((item) => ({ ...item, payload: "" }));
  return { what: "items", items: told, payloads, publishers, late };
}
