// XEP-0049: XML that a client keeps with its account, one element of each name and namespace.
import { oldBookmarks, readOldBookmarks, writeOldBookmarks } from "../bookmarks.ts";
import { childrenOf, type Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { escapeAttribute } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { sourceOf } from "../source.ts";

export const privateStorage: Feature = {
  spec: { id: "XEP-0049", title: "Private XML Storage", version: "1.2", status: "complete" },
  disco: [ns.privateXml],
  iq: [
    { type: "get", name: "query", xmlns: ns.privateXml, to: ["own"], answer: get },
    { type: "set", name: "query", xmlns: ns.privateXml, to: ["own"], answer: set },
    { type: "get", name: "query", xmlns: ns.privateXml, to: ["account"], answer: refuse },
    { type: "set", name: "query", xmlns: ns.privateXml, to: ["account"], answer: refuse },
  ],
};

/** §2.3: nobody else's. */
function refuse(): never {
  throw new StanzaError("forbidden", "another's data");
}

/** §2.2: the empty element when nothing is kept. */
async function get(session: XmppSession, { payload }: IqRequest): Promise<string> {
  const [element, ...more] = childrenOf(payload);
  if (element === undefined || more.length > 0) throw new StanzaError("bad-request", "one element at a time"); // §2.3
  const kept = await session.server.core.accountData.get(session.user, datumOf(element));
  if (isBookmarks(element)) return `<query xmlns="${ns.privateXml}">${await readOldBookmarks(session, kept)}</query>`;
  const empty = `<${element.getName()} xmlns="${escapeAttribute(namespaceOf(element))}"/>`;
  return `<query xmlns="${ns.privateXml}">${kept ?? empty}</query>`;
}

async function set(session: XmppSession, { payload }: IqRequest): Promise<undefined> {
  const elements = childrenOf(payload);
  if (elements.length === 0) throw new StanzaError("bad-request", "nothing to keep");
  for (const element of elements) {
    await session.server.core.accountData.put(session.user, datumOf(element), sourceOf(element));
    if (isBookmarks(element)) await writeOldBookmarks(session, element);
  }
}

/** XEP-0402 §6: rooms among them are items of a node. */
function isBookmarks(element: Element): boolean {
  return element.is("storage", oldBookmarks);
}

/** §2.1: elements have namespaces of their own, and none that is the stream's. */
function namespaceOf(element: Element): string {
  const xmlns = element.getNS() ?? "";
  if (xmlns === "" || xmlns === ns.client || xmlns === ns.privateXml)
    throw new StanzaError("not-acceptable", "an element without a namespace of its own");
  return xmlns;
}

function datumOf(element: Element): string {
  return `xmpp/private/${namespaceOf(element)} ${element.getName()}`;
}
