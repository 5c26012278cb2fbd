// Lists in replies: as many items as one frame takes, and whether that was all.

// Room for `{"re":…}` and the reply's other fields.
const reserved = 2_048;

export interface Page {
  /** The items that fit, as a JSON array. */
  readonly json: string;
  readonly taken: number;
}

/** Takes encoded items from the front (`fromEnd`: from the back, order kept) while they fit; at least one. */
export function page(items: readonly string[], maxFrame: number, fromEnd = false): Page {
  let left = maxFrame - reserved;
  let taken = 0;
  for (; taken < items.length; taken++) {
    left -= Buffer.byteLength(items[fromEnd ? items.length - 1 - taken : taken]!) + 1;
    if (left < 0 && taken > 0) break;
  }
  const kept = fromEnd ? items.slice(items.length - taken) : items.slice(0, taken);
  return { json: `[${kept.join(",")}]`, taken };
}
