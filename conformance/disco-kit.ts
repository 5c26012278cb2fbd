// What entities are asked about themselves (XEP-0030): what they are and can do, and what they have.
import { createHash } from "node:crypto";
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

/** Becomes available as a client that has these features beside the one everybody has, and says so when it is asked (XEP-0115). */
export async function declares(client: XmppClient, ...more: readonly string[]): Promise<void> {
  const features = [ns.discoInfo, ...more].toSorted();
  const ver = createHash("sha1")
    .update(`client/pc//check<${features.map((each) => `${each}<`).join("")}`)
    .digest("base64");
  const c = `<c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="urn:check" ver="${ver}"/>`;
  client.send(`<presence xmlns="jabber:client">${c}</presence>`);
  const asked = await client.take(
    "a question about its capabilities",
    (xml) => xml.is("iq") && xml.attributes["type"] === "get" && xml.child("query", ns.discoInfo) !== undefined,
  );
  const node = asked.child("query")!.attributes["node"];
  const lines = features.map((feature) => `<feature var="${feature}"/>`).join("");
  const from = asked.attributes["from"];
  client.send(
    `<iq xmlns="jabber:client" type="result" id="${asked.attributes["id"]}"${from === undefined ? "" : ` to="${from}"`}><query xmlns="${ns.discoInfo}"${node === undefined ? "" : ` node="${node}"`}><identity category="client" type="pc" name="check"/>${lines}</query></iq>`,
  );
  await client.ping();
}
