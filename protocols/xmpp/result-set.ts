// XEP-0059: pages of a long result, asked for and described.
import type { Element } from "./element.ts";
import { StanzaError } from "./faults.ts";
import { ns } from "./namespaces.ts";
import { attribute, escapeText } from "./print.ts";

export interface PageWish {
  /** Undefined: as many as we like. 0 asks for the count alone (§2.7). */
  readonly max: number | undefined;
  readonly after: string | undefined;
  /** Empty: the last page (§2.5). */
  readonly before: string | undefined;
}

const noWish: PageWish = { max: undefined, after: undefined, before: undefined };

export function readPageWish(parent: Element): PageWish {
  const set = parent.getChild("set", ns.resultSets);
  if (set === undefined) return noWish;
  // §2.6: who cannot tell what stands at an index says so.
  if (set.getChild("index", ns.resultSets) !== undefined)
    throw new StanzaError("feature-not-implemented", "pages are not found by index");
  const max = set.getChildText("max", ns.resultSets) ?? undefined;
  if (max !== undefined && !/^\d{1,10}$/.test(max)) throw new StanzaError("bad-request", "no such number of items");
  const after = set.getChildText("after", ns.resultSets) ?? undefined;
  return {
    max: max === undefined ? undefined : Number(max),
    after: after === "" ? undefined : after,
    before: set.getChildText("before", ns.resultSets) ?? undefined,
  };
}

/** The page that is wished for of what is all at hand, `most` at the most. Fault: item-not-found, for an unknown place (§2.1). */
export function cutPage<T>(
  all: readonly T[],
  { max, after, before }: PageWish,
  most: number,
  keyOf: (each: T) => string,
): { readonly page: readonly T[]; readonly shown: PageShown } {
  const size = Math.min(max ?? most, most);
  const placeOf = (key: string): number => {
    const place = all.findIndex((each) => keyOf(each) === key);
    if (place === -1) throw new StanzaError("item-not-found", "no such place in the list");
    return place;
  };
  const end = before === undefined ? undefined : before === "" ? all.length : placeOf(before);
  const start = end === undefined ? (after === undefined ? 0 : placeOf(after) + 1) : Math.max(0, end - size);
  const page = all.slice(start, Math.min(end ?? all.length, start + size));
  const [first, last] = [page[0], page.at(-1)].map((each) => (each === undefined ? undefined : keyOf(each)));
  return { page, shown: { first, last, index: page.length === 0 ? undefined : start, count: all.length } };
}

export interface PageShown {
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  /** How many come before the first one, when that is known. */
  readonly index?: number | undefined;
  readonly count?: number | undefined;
}

export function printPage({ first, last, index, count }: PageShown): string {
  const counted = count === undefined ? "" : `<count>${count}</count>`;
  const ends =
    first === undefined || last === undefined
      ? ""
      : `<first${attribute("index", index?.toString())}>${escapeText(first)}</first><last>${escapeText(last)}</last>`;
  return `<set xmlns="${ns.resultSets}">${ends}${counted}</set>`;
}
