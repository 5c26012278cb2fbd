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
