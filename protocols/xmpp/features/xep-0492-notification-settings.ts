// XEP-0492: how much of a room may ring stands in its bookmark; the core keeps it for every protocol.
import { type Attention, type AttentionSignal, type Delivery, kindOf } from "#core";
import { jidOfRoom, parseJid, roomOfJid } from "../addressing.ts";
import { bookmarksNode, changeBookmark, readBookmark } from "../bookmarks.ts";
import { childrenOf, type Element } from "../element.ts";
import { frontendName } from "../deliver.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { aloneOf, printed } from "../source.ts";

export const notificationSettings: Feature = {
  spec: {
    id: "XEP-0492",
    title: "Chat notification settings",
    version: "0.2.0",
    status: "partial",
    note: "of rooms, in bookmarks; settings for certain kinds of clients are left to them",
  },
  deliver: { attention },
};

const elements = { all: "always", mentions: "on-mention", none: "never" } as const;

/** A bookmark was published: what it says is the account's wish. */
export async function settingsPublished(
  session: XmppSession,
  items: readonly { readonly id: string; readonly payload: string }[],
): Promise<void> {
  const { core, host, settings } = session.server;
  const known = await core.attention.list(session.user);
  for (const { id, payload } of items) {
    const jid = parseJid(id);
    if (jid === undefined || jid.domain !== settings.roomsHost) continue;
    const room = roomOfJid(jid, host);
    const level = levelIn(readBookmark(session, payload));
    if (level === known.get(room)?.level) continue;
    await core.attention.set(session.user, room, level === undefined ? undefined : { level }, session.core);
  }
}

/** "applications … MUST use the element most specific to their own application identity": ours is none, the fallback's. */
function levelIn(bookmark: Element): Attention["level"] | undefined {
  const notify = bookmark.getChild("extensions")?.getChild("notify", ns.notify);
  const said = childrenOf(notify ?? bookmark).find(({ attrs }) => notify !== undefined && attrs["identity-category"] === undefined); // prettier-ignore
  return (Object.keys(elements) as Attention["level"][]).find((level) => elements[level] === said?.getName());
}

/** Another protocol's client has set it: the room's bookmark, if there is one, says so from now on. */
function attention(session: XmppSession, { event }: Delivery): void {
  const { conversation, attention: wish, byDevice = "" } = event as AttentionSignal;
  if (kindOf(conversation) !== "room" || byDevice.startsWith(`${frontendName}:`)) return;
  const jid = jidOfRoom(conversation, session.server.settings.roomsHost);
  changeBookmark(session, jid, (bookmark) => withLevel(bookmark, wish?.level)).catch((err: unknown) =>
    session.server.core.log.warn({ what: "xmpp_bookmark_failed", err }, "a bookmark was not brought up to date"),
  );
}

/** What is for certain kinds of clients stays, as do advanced settings ("MUST NOT delete or alter"). */
function withLevel(bookmark: Element, level: Attention["level"] | undefined): string {
  if (levelIn(bookmark) === level) return printed(bookmark);
  const extensions = bookmark.getChild("extensions");
  const notify = extensions?.getChild("notify", ns.notify);
  const others = childrenOf(notify ?? bookmark).filter(({ attrs }) => notify !== undefined && attrs["identity-category"] !== undefined); // prettier-ignore
  const own = level === undefined ? "" : `<${elements[level]}/>`;
  const inside = others.map((other) => aloneOf(other, ns.notify)).join("") + own;
  const said = inside === "" ? "" : `<notify xmlns="${ns.notify}">${inside}</notify>`;
  const rest = childrenOf(extensions ?? bookmark).filter((child) => extensions !== undefined && child !== notify);
  const kept = childrenOf(bookmark).filter((child) => child !== extensions);
  const all = `${rest.map((other) => aloneOf(other, bookmarksNode)).join("")}${said}`;
  const parts = kept.map(printed).join("") + (all === "" ? "" : `<extensions>${all}</extensions>`);
  const attributes = Object.entries(bookmark.attrs).map(([name, value]) => attribute(name, value));
  return `<conference${attributes.join("")}>${parts}</conference>`;
}
