// XEP-0402 §6: bookmarks as items of a node, and as clients of XEP-0048 keep them, one element for all in private XML.
import { accountNode, mostItems, type NodeConfig } from "#core";
import { parseJid } from "./addressing.ts";
import { parseFrame } from "./codec.ts";
import { childrenOf, type Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import { attribute, escapeText } from "./print.ts";
import type { XmppSession } from "./session.ts";
import { aloneOf, printed } from "./source.ts";

export const bookmarksNode = "urn:xmpp:bookmarks:1";
export const oldBookmarks = "storage:bookmarks";

/** XEP-0402 §4: private, and all of them kept. */
const config: NodeConfig = { ...accountNode, accessModel: "whitelist", maxItems: mostItems, sendLast: "never" };
const mostBookmarks = 1000;

/** The element as XEP-0048 has it; `kept` is what else is stored in it: URLs. */
export async function readOldBookmarks(session: XmppSession, kept: string | undefined): Promise<string> {
  const conferences = [...(await itemsOf(session))].map(([jid, payload]) => {
    const { name, autojoin } = payload.attrs;
    const about = `${attribute("jid", jid)}${attribute("name", name)}${attribute("autojoin", autojoin)}`;
    const inner = ["nick", "password"].map((child) => textOf(payload, child)).join("");
    return `<conference${about}>${inner}</conference>`;
  });
  const urls = kept === undefined ? [] : childrenOf(parse(session, kept)).filter((child) => child.getName() === "url");
  return `<storage xmlns="${oldBookmarks}">${conferences.join("")}${urls.map((url) => aloneOf(url, oldBookmarks)).join("")}</storage>`;
}

/** The whole list is another now: items are published and retracted as it takes, and none that is as it was. */
export async function writeOldBookmarks(session: XmppSession, storage: Element): Promise<void> {
  const { nodes } = session.server.core;
  const place = { owner: session.user, name: bookmarksNode };
  const before = await itemsOf(session);
  const wanted = new Map<string, string>();
  for (const conference of storage.getChildren("conference").slice(0, mostBookmarks)) {
    const jid = parseJid(conference.attrs["jid"] ?? "");
    if (jid !== undefined) wanted.set(jid.bare, newOf(conference, before.get(jid.bare)));
  }
  const changed = [...wanted].filter(([jid, payload]) => !isSame(session, before.get(jid), payload));
  for (const [id, payload] of changed)
    await nodes.publish(place, session.user, [{ id, payload: printed(parse(session, payload)) }], { make: config });
  for (const id of before.keys()) if (!wanted.has(id)) await nodes.retract(place, session.user, id, true);
}

/** The bookmark of that room as the function makes it, if there is one, and if that is another. */
export async function changeBookmark(
  session: XmppSession,
  jid: string,
  change: (bookmark: Element) => string,
): Promise<void> {
  const before = (await itemsOf(session)).get(jid);
  if (before === undefined) return;
  const payload = change(before);
  if (isSame(session, before, payload)) return;
  const place = { owner: session.user, name: bookmarksNode };
  await session.server.core.nodes.publish(place, session.user, [{ id: jid, payload }]);
}

export function readBookmark(session: XmppSession, payload: string): Element {
  return parse(session, payload);
}

/** Nobody is told of what is as it was. */
function isSame(session: XmppSession, before: Element | undefined, payload: string): boolean {
  return before !== undefined && printed(before) === printed(parse(session, payload));
}

function newOf(conference: Element, before: Element | undefined): string {
  const { name, autojoin } = conference.attrs;
  const inner = ["nick", "password"].map((child) => textOf(conference, child)).join("");
  // §3: what else is there is somebody's extension, and not for others to take away.
  const kept = before?.getChild("extensions");
  const extensions = kept === undefined ? "" : aloneOf(kept, bookmarksNode);
  return `<conference xmlns="${bookmarksNode}"${attribute("name", name)}${attribute("autojoin", autojoin)}>${inner}${extensions}</conference>`;
}

function textOf(element: Element, name: string): string {
  const text =
    childrenOf(element)
      .find((child) => child.getName() === name)
      ?.getText() ?? "";
  return text === "" ? "" : `<${name}>${escapeText(text)}</${name}>`;
}

/** By room. */
async function itemsOf(session: XmppSession): Promise<ReadonlyMap<string, Element>> {
  const place = { owner: session.user, name: bookmarksNode };
  const { nodes } = session.server.core;
  if ((await nodes.find(place)) === undefined) return new Map();
  const page = await nodes.items(place, session.user, { limit: mostBookmarks, fromEnd: true });
  const items = (page?.items ?? []).map(({ id, payload }) => [id, parse(session, payload)] as const);
  return new Map(items.filter(([, payload]) => payload.is("conference", bookmarksNode)));
}

/** What is kept was an element when it came. */
function parse(session: XmppSession, payload: string): Element {
  return parseFrame(payload === "" ? `<empty xmlns="${ns.pubsub}"/>` : payload, session.server.limitsAfter)!;
}
