// Everything, a page at a time, and from either end.

const pageSize = 500;

/** `after` gives up to `limit` things that follow `last`, or the first of all. */
export async function* pages<T>(
  after: (last: T | undefined, limit: number) => Promise<readonly T[]>,
): AsyncIterable<readonly T[]> {
  let last: T | undefined;
  do {
    const page = await after(last, pageSize);
    if (page.length > 0) yield page;
    last = page.length < pageSize ? undefined : page.at(-1);
  } while (last !== undefined);
}

/** What reads a page from its first end, and what reads one from the last. */
export function both<T>(make: (order: "asc" | "desc") => T): { readonly asc: T; readonly desc: T } {
  return { asc: make("asc"), desc: make("desc") };
}
