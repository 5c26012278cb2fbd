// XEP-0060 §5: what an account, the service, and their nodes say of themselves.
import { ns } from "../namespaces.ts";
import type { Element } from "../element.ts";
import { printForm } from "../data-form.ts";
import { inPubsubWords } from "../pubsub-faults.ts";
import { metaData } from "../pubsub-form.ts";
import type { XmppSession } from "../session.ts";
import { infoOf, itemsOf } from "../disco-answers.ts";

/** What both are capable of (§10). */
const common = [
  "access-authorize",
  "access-open",
  "access-presence",
  "access-roster",
  "access-whitelist",
  "config-node",
  "config-node-max",
  "create-and-configure",
  "create-nodes",
  "delete-items",
  "delete-nodes",
  "instant-nodes",
  "item-ids",
  "last-published",
  "manage-subscriptions",
  "member-affiliation",
  "meta-data",
  "modify-affiliations",
  "multi-items",
  "outcast-affiliation",
  "persistent-items",
  "publish",
  "publish-only-affiliation",
  "publish-options",
  "publisher-affiliation",
  "purge-nodes",
  "retract-items",
  "retrieve-affiliations",
  "retrieve-default",
  "retrieve-default-sub",
  "retrieve-items",
  "retrieve-subscriptions",
  "rsm",
  "subscribe",
  "subscription-notifications",
  "subscription-options",
];

const named = (features: readonly string[]): readonly string[] => features.map((each) => `${ns.pubsub}#${each}`);

export const serviceFeatures: readonly string[] = [ns.pubsub, ...named(common), ns.resultSets];

/** XEP-0163 §6.1; and what rests on it: XEP-0398, XEP-0402. */
export const pepFeatures: readonly string[] = [
  ns.pubsub,
  ...named([...common, "auto-create", "auto-subscribe", "filtered-notifications"].toSorted()),
  ns.resultSets,
  "urn:xmpp:pep-vcard-conversion:0",
  "urn:xmpp:bookmarks:1#compat",
];

/** §5.3, §5.4. */
export function nodeInfo(session: XmppSession, owner: string, payload: Element): Promise<string> {
  const place = { owner, name: payload.attrs["node"] ?? "" };
  const { nodes } = session.server.core;
  return inPubsubWords(async () => {
    const node = await nodes.checkReadable(place, session.user);
    const page = await nodes.items(place, session.user, { limit: 0, fromEnd: false });
    const form = metaData(node, { "pubsub#num_items": page?.count ?? 0 });
    const title = node.config.title === "" ? undefined : node.config.title;
    const identities = [{ category: "pubsub", type: "leaf", name: title }];
    return infoOf(identities, serviceFeatures, printForm(form), payload);
  });
}

/** §5.5: the items of a node, by their ids. */
export function nodeItems(session: XmppSession, owner: string, payload: Element): Promise<string> {
  const place = { owner, name: payload.attrs["node"] ?? "" };
  return inPubsubWords(async () => {
    const page = await session.server.core.nodes.items(place, session.user, { limit: 250, fromEnd: true });
    return itemsOf(
      (page?.items ?? []).map(({ id }) => ({ jid: owner, name: id })),
      payload,
    );
  });
}

/** §5.2: nodes that the asker may read. */
export async function nodesOf(session: XmppSession, owner: string): Promise<string> {
  const { nodes } = session.server.core;
  const seen = [];
  for (const { name, config } of await nodes.list(owner)) {
    const open = config.accessModel === "open" || owner === session.user;
    const may = open || (await nodes.checkReadable({ owner, name }, session.user).then(() => true, () => false)); // prettier-ignore
    if (may) seen.push({ jid: owner, node: name, name: config.title === "" ? undefined : config.title });
  }
  return itemsOf(seen);
}
