// What entities are asked about themselves (XEP-0030): what they are and can do, and what they have.
import { ns, type XmppClient } from "./clients/xmpp.ts";
import type { Xml } from "./clients/xml.ts";

export function info(client: XmppClient, to: string, node?: string): Promise<Xml> {
  return client.iq("get", question(ns.discoInfo, node), to);
}

export function items(client: XmppClient, to: string, node?: string): Promise<Xml> {
  return client.iq("get", question(ns.discoItems, node), to);
}

function question(xmlns: string, node: string | undefined): string {
  return `<query xmlns="${xmlns}"${node === undefined ? "" : ` node="${node}"`}/>`;
}

/** The features in an answer, which has to be one. */
export function featuresIn(answer: Xml): string[] {
  return answer.child("query")!.elements.flatMap((one) => (one.is("feature") ? [one.attributes["var"]!] : []));
}
