// XEP-0060 §6.5: items asked for, by their ids or in pages (XEP-0059).
import type { NodeItem } from "#core";
import { StanzaError } from "../faults.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { pubsubError, unsupported } from "../pubsub-faults.ts";
import { placeOf, pubsub, type PubsubRequest } from "../pubsub-request.ts";
import { printPage, readPageWish } from "../result-set.ts";

const mostOnPage = 250;
const longestPage = 1 << 20;

export async function items(request: PubsubRequest): Promise<string> {
  const { session, asked, payload } = request;
  const { nodes } = session.server.core;
  const place = placeOf(request);
  const head = `<items${attribute("node", place.name)}>`;
  const persists = (await nodes.find(place))?.config.persistItems !== false;
  if (!persists && (await nodes.checkReadable(place, session.user))) throw unsupported("persistent-items"); // §6.5.9.4
  // §6.5.9.2: nobody is given one.
  if (asked.attrs["subid"] !== undefined) throw pubsubError("not-acceptable", "no such id", "invalid-subid");
  const ids = asked.getChildren("item", ns.pubsub).map((item) => item.attrs["id"] ?? "");
  if (ids.length > mostOnPage) throw pubsubError("not-acceptable", "too many ids");
  if (ids.length > 0) {
    const found = await nodes.itemsOf(place, session.user, ids);
    if (found.length === 0) throw new StanzaError("item-not-found", "no such item");
    return pubsub(`${head}${fitting(found, false).map(printItem).join("")}</items>`);
  }
  const wish = readPageWish(payload);
  const most = asked.attrs["max_items"];
  if (most !== undefined && !/^[1-9]\d{0,9}$/.test(most)) throw new StanzaError("bad-request", "no such number");
  // §6.5.7: the most recent ones.
  const fromEnd = wish.before !== undefined || (wish.after === undefined && most !== undefined);
  const limit = Math.min(mostOnPage, wish.max ?? Number(most ?? mostOnPage), Number(most ?? mostOnPage));
  const before = wish.before === "" ? undefined : wish.before;
  const page = await nodes.items(place, session.user, { after: wish.after, before, limit, fromEnd });
  if (page === undefined) throw new StanzaError("item-not-found", "no such item"); // XEP-0059 §2.3
  const shown = fitting(page.items, fromEnd);
  const index = page.index + (fromEnd ? page.items.length - shown.length : 0);
  const isPart =
    payload.getChild("set", ns.resultSets) !== undefined || (shown.length < page.count && most === undefined);
  const set = { first: shown[0]?.id, last: shown.at(-1)?.id, index, count: page.count };
  return pubsub(`${head}${shown.map(printItem).join("")}</items>${isPart ? printPage(set) : ""}`);
}

export function printItem({
  id,
  payload,
  publisher,
}: Pick<NodeItem, "id" | "payload"> & { readonly publisher?: string | undefined }): string {
  // prettier-ignore
  const open = `<item${attribute("id", id)}${attribute("publisher", publisher)}`;
  return payload === "" ? `${open}/>` : `${open}>${payload}</item>`;
}

/** As many as make a stanza of some length, and one at least. */
function fitting(found: readonly NodeItem[], fromEnd: boolean): readonly NodeItem[] {
  const fits: NodeItem[] = [];
  let length = 0;
  for (const item of fromEnd ? found.toReversed() : found) {
    length += item.payload.length;
    if (length > longestPage && fits.length > 0) break;
    fits.push(item);
  }
  return fromEnd ? fits.reverse() : fits;
}
