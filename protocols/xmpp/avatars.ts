// XEP-0398: a picture published to a node (XEP-0084) is in the card (XEP-0153), and the other way round; its hash is in presence.
import { createHash } from "node:crypto";
import { accountNode } from "#core";
import { parseFrame } from "./codec.ts";
import { childrenOf, Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import { attribute, escapeText } from "./print.ts";
import type { XmppSession } from "./session.ts";
import { slot } from "./slot.ts";

export const metadataNode = "urn:xmpp:avatar:metadata";
const dataNode = "urn:xmpp:avatar:data";
export const cardDatum = "xmpp/vcard";
const hashDatum = "xmpp/avatar";
const update = "vcard-temp:x:update";
/** With the picture, as long as a text of an account may be. */
const longestCard = 256 << 10;

interface Shown {
  /** The hash that goes into presence; undefined while it is not known yet, empty for none. */
  hash: string | undefined;
  /** Says the session's last presence again, with the hash as it is now. */
  again: (() => void) | undefined;
}

const hashOf = slot<Shown>(() => ({ hash: undefined, again: undefined }));

interface Photo {
  readonly type: string;
  readonly base64: string;
}

/** §4.1: the picture that was published is the card's from now on. */
export async function avatarPublished(
  session: XmppSession,
  items: readonly { readonly id: string; readonly payload: string }[],
): Promise<void> {
  const payload = items.at(-1)?.payload ?? "";
  if (payload === "") return;
  const infos = childrenOf(parse(session, payload)).filter((child) => child.getName() === "info");
  const info = infos.find(({ attrs }) => attrs["url"] === undefined); // §4.1: the one that is here
  if (infos.length === 0) return setPhoto(session, undefined); // XEP-0084 §4.2.1: no picture any more
  if (info === undefined) return;
  const id = info.attrs["id"] ?? "";
  const place = { owner: session.user, name: dataNode };
  if ((await session.server.core.nodes.find(place)) === undefined) return;
  const [item] = await session.server.core.nodes.itemsOf(place, session.user, [id]);
  const base64 = item === undefined ? "" : parse(session, item.payload).getText().replace(/\s+/g, "");
  if (base64 === "" || sha1(base64) !== id) return;
  await setPhoto(session, { base64, type: info.attrs["type"] ?? "image/png" });
}

/** §4.2: the picture of a card that was stored is published; one that is the same is not. */
export async function cardStored(session: XmppSession, card: Element): Promise<void> {
  const photo = childrenOf(card).find((child) => child.getName() === "PHOTO");
  const child = (name: string): string =>
    photo === undefined
      ? ""
      : (childrenOf(photo)
          .find((each) => each.getName() === name)
          ?.getText() ?? "");
  const base64 = child("BINVAL").replace(/\s+/g, "");
  const id = base64 === "" ? "" : sha1(base64);
  const { nodes, accountData } = session.server.core;
  const before = (await accountData.get(session.user, hashDatum)) ?? "";
  if (before === id) return;
  await remember(session, id);
  const make = accountNode;
  const publish = (name: string, itemId: string, payload: string): Promise<void> =>
    nodes.publish({ owner: session.user, name }, session.user, [{ id: itemId, payload }], { make });
  if (base64 === "") return publish(metadataNode, before, `<metadata xmlns="${metadataNode}"/>`);
  const bytes = Buffer.from(base64, "base64").length;
  await publish(dataNode, id, `<data xmlns="${dataNode}">${escapeText(base64)}</data>`);
  const info = `<info id="${id}" bytes="${bytes}"${attribute("type", child("TYPE") || "image/png")}/>`;
  await publish(metadataNode, id, `<metadata xmlns="${metadataNode}">${info}</metadata>`);
}

/** Learns the hash for the session's presence, unless it is known; `learnt` is called then, and only then. */
export async function learnAvatar(session: XmppSession, learnt: () => void): Promise<void> {
  if (hashOf(session).hash !== undefined) return;
  const { accountData } = session.server.core;
  const hash = (await accountData.get(session.user, hashDatum)) ?? "";
  hashOf(session).hash ??= hash;
  learnt();
}

/** §5: the hash goes with every presence of the account that does not say otherwise. Whether it was put there. */
export function withAvatar(session: XmppSession, presence: Element): boolean {
  const { hash } = hashOf(session);
  if (hash === undefined || hash === "") return false;
  const said = presence.getChild("x", update);
  const photo = said === undefined ? undefined : childrenOf(said).find((child) => child.getName() === "photo");
  if (photo !== undefined) return false;
  if (said !== undefined) presence.children = presence.children.filter((child) => child !== said);
  const x = new Element("x", { xmlns: update });
  const shown = new Element("photo");
  shown.children = [hash];
  shown.parent = x;
  x.children = [shown];
  x.parent = presence;
  presence.children.push(x);
  return true;
}

/** What is to be done when the picture changes while the session is available. */
export function whenChanged(session: XmppSession, again: () => void): void {
  hashOf(session).again = again;
}

/** The same presence with the hash as it is now; false where the client shows none, or there never was one. */
export function renewAvatar(session: XmppSession, presence: Element): boolean {
  const said = presence.getChild("x", update);
  const photo = said === undefined ? undefined : childrenOf(said).find((child) => child.getName() === "photo");
  if (photo?.getText() === "") return false; // §5: "that does not contain an empty photo element"
  presence.children = presence.children.filter((child) => child !== said);
  return withAvatar(session, presence) || photo !== undefined;
}

async function setPhoto(session: XmppSession, photo: Photo | undefined): Promise<void> {
  const { accountData } = session.server.core;
  const kept = await accountData.get(session.user, cardDatum);
  const card = kept === undefined ? undefined : parse(session, kept);
  const rest = card === undefined ? [] : childrenOf(card).filter((child) => child.getName() !== "PHOTO");
  const shown =
    photo === undefined
      ? ""
      : `<PHOTO><TYPE>${escapeText(photo.type)}</TYPE><BINVAL>${escapeText(photo.base64)}</BINVAL></PHOTO>`;
  const xml = `<vCard xmlns="${ns.vcard}">${rest.map(String).join("")}${shown}</vCard>`;
  if (xml.length > longestCard) return; // what was published stays published
  await accountData.put(session.user, cardDatum, xml);
  await remember(session, photo === undefined ? "" : sha1(photo.base64));
}

async function remember(session: XmppSession, hash: string): Promise<void> {
  await session.server.core.accountData.put(session.user, hashDatum, hash);
  for (const each of session.server.sessions) {
    if (each.user !== session.user) continue;
    const shown = hashOf(each);
    if (shown.hash === hash) continue;
    shown.hash = hash;
    shown.again?.();
  }
}

function sha1(base64: string): string {
  return createHash("sha1").update(Buffer.from(base64, "base64")).digest("hex");
}

/** What is kept was an element when it came. */
function parse(session: XmppSession, xml: string): Element {
  return parseFrame(xml, session.server.limitsAfter)!;
}
