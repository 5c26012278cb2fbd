// Who may read a node and publish to it: XEP-0060 §4.1, §4.5 as functions of what is known.
import type { Contact } from "../model/account.ts";
import type { UserId } from "../model/ids.ts";
import type { NodeAffiliation, NodeMember, PubNode } from "../model/node.ts";
import type { NodeRefusalReason } from "./node-refusal.ts";

/** The node with all who stand to it, and its owner's contacts where they matter. */
export interface KnownNode {
  readonly node: PubNode;
  readonly members: readonly NodeMember[];
  readonly contacts: ReadonlyMap<UserId, Contact>;
}

export function affiliationOf({ members }: Pick<KnownNode, "members">, user: UserId): NodeAffiliation {
  return members.find(({ address }) => address === user)?.affiliation ?? "none";
}

export function subscribes({ members }: Pick<KnownNode, "members">, user: UserId): boolean {
  return members.some(({ account, subscription }) => account === user && subscription?.state === "subscribed");
}

/** Whose presence and whose groups an access model speaks of: the account's, or the maker's of a service's node. */
export function hostOfNode({ owner, createdBy }: PubNode): UserId {
  return owner.includes("@") ? (owner as UserId) : createdBy;
}

export function usesContacts({ owner, config }: PubNode): boolean {
  return owner.includes("@") || config.accessModel === "presence" || config.accessModel === "roster";
}

export function seesPresence(contact: Contact | undefined): boolean {
  return contact?.subscription === "from" || contact?.subscription === "both";
}

/** Why the account may not read the node; undefined when it may. */
export function barsReader(known: KnownNode, user: UserId): NodeRefusalReason | undefined {
  const affiliation = affiliationOf(known, user);
  if (affiliation === "owner" || affiliation === "publisher" || affiliation === "member") return undefined;
  if (affiliation === "outcast") return "outcast";
  if (affiliation === "publish-only") return "not-allowed";
  if (known.node.config.accessModel !== "authorize") return barsSubscriber(known, user);
  return subscribes(known, user) ? undefined : "not-subscribed";
}

/** The same of one who would subscribe: with `authorize` anybody may ask. */
export function barsSubscriber(known: KnownNode, user: UserId): NodeRefusalReason | undefined {
  const affiliation = affiliationOf(known, user);
  if (affiliation === "outcast") return "outcast";
  if (affiliation === "publish-only") return "not-allowed";
  if (affiliation !== "none") return undefined;
  const { accessModel, rosterGroups } = known.node.config;
  const contact = known.contacts.get(user);
  const host = hostOfNode(known.node);
  switch (accessModel) {
    case "open":
    case "authorize":
      return undefined;
    case "presence":
      return user === host || seesPresence(contact) ? undefined : "needs-presence";
    case "roster": {
      const inGroup = seesPresence(contact) && contact!.groups.some((group) => rosterGroups.includes(group));
      return user === host || inGroup ? undefined : "needs-group";
    }
    case "whitelist":
      return "not-on-whitelist";
  }
}

export function mayPublish(known: KnownNode, user: UserId): boolean {
  const affiliation = affiliationOf(known, user);
  if (affiliation === "outcast") return false;
  if (affiliation === "owner" || affiliation === "publisher" || affiliation === "publish-only") return true;
  const { publishModel } = known.node.config;
  if (publishModel === "open") return true;
  return publishModel === "subscribers" && subscribes(known, user);
}

/** Who hears of the node without having asked: who sees the account's presence (XEP-0060 §9.1), and the account. */
export function impliedReaders(known: KnownNode): readonly UserId[] {
  const { owner } = known.node;
  if (!owner.includes("@")) return [];
  const contacts = [...known.contacts.values()].filter(seesPresence).map(({ contact }) => contact);
  return [owner as UserId, ...contacts.filter((user) => user !== owner && barsReader(known, user) === undefined)];
}
