// Whether the server says that it has something: a check of what is optional asks first.
import { NotOffered } from "../requirement.ts";
import { ns, type XmppClient } from "../clients/xmpp.ts";

/** The features of an entity: the server's when not said otherwise. */
export async function featuresOf(client: XmppClient, of?: string): Promise<readonly string[]> {
  const server = client.bare.slice(client.bare.indexOf("@") + 1);
  const answer = await client.iq("get", `<query xmlns="${ns.discoInfo}"/>`, of ?? server);
  const query = answer.child("query", ns.discoInfo);
  return (query?.elements ?? []).flatMap((child) => (child.is("feature") ? [child.attributes["var"] ?? ""] : []));
}

/** Throws NotOffered when neither the server nor the account (or the given entity alone) has the feature. */
export async function offered(client: XmppClient, feature: string, of?: string): Promise<void> {
  for (const entity of of === undefined ? [undefined, client.bare] : [of]) {
    if ((await featuresOf(client, entity)).includes(feature)) return;
  }
  throw new NotOffered(`not offered: ${feature}`);
}
