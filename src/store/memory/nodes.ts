// Nodes with their items and members.
import type { UserId } from "../../model/ids.ts";
import type { NodeAffiliation, NodeItem, NodeMember, NodeSubscription, PubNode } from "../../model/node.ts";
import type { ItemPage, ItemQuery, LastItem, NodeUse } from "../nodes.ts";
import type { KeptNode, State } from "./state.ts";

export function node(state: State, owner: string, name: string): PubNode | undefined {
  return state.nodesOf.get(owner)?.get(name)?.node;
}

export function nodes(state: State, owner: string, limit: number): readonly PubNode[] {
  return [...(state.nodesOf.get(owner)?.values() ?? [])]
    .map((kept) => kept.node)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .slice(0, limit);
}

export function nodeUse(state: State, owner: string): NodeUse {
  const kept = [...(state.nodesOf.get(owner)?.values() ?? [])];
  const items = kept.flatMap((each) => [...each.items.values()]);
  const bytes = items.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0);
  return { nodes: kept.length, items: items.length, bytes };
}

export function createNode(state: State, made: PubNode): boolean {
  let owned = state.nodesOf.get(made.owner);
  if (owned === undefined) state.nodesOf.set(made.owner, (owned = new Map()));
  if (owned.has(made.name)) return false;
  owned.set(made.name, { node: structuredClone(made), items: new Map(), members: new Map() });
  return putNodeAffiliation(state, { owner: made.owner, name: made.name }, made.createdBy, "owner");
}

export function updateNode(state: State, changed: PubNode): boolean {
  const kept = state.nodesOf.get(changed.owner)?.get(changed.name);
  if (kept === undefined) return false;
  kept.node = { ...kept.node, config: structuredClone(changed.config) };
  prune(kept, changed.config.persistItems ? changed.config.maxItems : 0);
  return true;
}

export function removeNode(state: State, owner: string, name: string): boolean {
  return state.nodesOf.get(owner)?.delete(name) === true;
}

interface Place {
  readonly owner: string;
  readonly name: string;
}

export function putItems(state: State, { owner, name }: Place, items: readonly NodeItem[], keep: number): boolean {
  const kept = state.nodesOf.get(owner)?.get(name);
  if (kept === undefined) return false;
  for (const item of items) {
    kept.items.delete(item.id);
    kept.items.set(item.id, item);
  }
  prune(kept, keep);
  return true;
}

function prune(kept: KeptNode, keep: number): void {
  for (const id of kept.items.keys()) {
    if (kept.items.size <= keep) return;
    kept.items.delete(id);
  }
}

export function removeItem(state: State, { owner, name }: Place, id: string): boolean {
  return state.nodesOf.get(owner)?.get(name)?.items.delete(id) === true;
}

export function purgeNode(state: State, owner: string, name: string): void {
  state.nodesOf.get(owner)?.get(name)?.items.clear();
}

export function nodeItem(state: State, { owner, name }: Place, id: string): NodeItem | undefined {
  return state.nodesOf.get(owner)?.get(name)?.items.get(id);
}

export function nodeItems(state: State, { owner, name }: Place, query: ItemQuery): ItemPage | undefined {
  const all = [...(state.nodesOf.get(owner)?.get(name)?.items.values() ?? [])];
  const places = [query.after, query.before].map((id) =>
    id === undefined ? undefined : all.findIndex((item) => item.id === id),
  );
  if (places.includes(-1)) return undefined;
  const from = places[0] === undefined ? 0 : places[0] + 1;
  const to = Math.max(from, places[1] ?? all.length);
  const start = query.fromEnd ? Math.max(from, to - query.limit) : from;
  const items = all.slice(start, query.fromEnd ? to : Math.min(to, from + query.limit));
  return { items, count: all.length, index: start };
}

export function lastItems(state: State, owners: readonly string[], names: readonly string[]): readonly LastItem[] {
  return owners.flatMap((owner) =>
    names.flatMap((name) => {
      const kept = state.nodesOf.get(owner)?.get(name);
      const item = [...(kept?.items.values() ?? [])].at(-1);
      return kept === undefined || item === undefined ? [] : [{ node: kept.node, item }];
    }),
  );
}

export function nodeMembers(state: State, owner: string, name: string): readonly NodeMember[] {
  return [...(state.nodesOf.get(owner)?.get(name)?.members.values() ?? [])];
}

export function nodeMemberships(state: State, owner: string, account: UserId): readonly NodeMember[] {
  return [...(state.nodesOf.get(owner)?.values() ?? [])].flatMap(({ members }) =>
    [...members.values()].filter((member) => member.account === account),
  );
}

export function putNodeAffiliation(
  state: State,
  { owner, name }: Place,
  account: UserId,
  affiliation: NodeAffiliation,
): boolean {
  return putMember(state, { owner, name }, { address: account, account, affiliation });
}

export function putNodeSubscription(state: State, place: Place, subscription: NodeSubscription): boolean {
  const { address, account } = subscription;
  return putMember(state, place, { address, account, subscription });
}

export function removeNodeSubscription(state: State, { owner, name }: Place, address: string): boolean {
  const members = state.nodesOf.get(owner)?.get(name)?.members;
  const member = members?.get(address);
  if (member?.subscription === undefined) return false;
  if (member.affiliation === "none") members!.delete(address);
  else members!.set(address, { ...member, subscription: undefined });
  return true;
}

function putMember(
  state: State,
  { owner, name }: Place,
  part: Partial<NodeMember> & Pick<NodeMember, "address" | "account">,
): boolean {
  const members = state.nodesOf.get(owner)?.get(name)?.members;
  if (members === undefined) return false;
  const none: NodeMember = { ...part, node: name, affiliation: "none", subscription: undefined };
  const member = { ...none, ...members.get(part.address), ...part };
  if (member.affiliation === "none" && member.subscription === undefined) members.delete(part.address);
  else members.set(part.address, structuredClone(member));
  return true;
}

/** The account's nodes, and its lines in those of others. */
export function forgetNodes(state: State, user: UserId): void {
  state.nodesOf.delete(user);
  for (const owned of state.nodesOf.values()) {
    for (const { members } of owned.values()) {
      for (const [address, { account }] of members) if (account === user) members.delete(address);
    }
  }
}
