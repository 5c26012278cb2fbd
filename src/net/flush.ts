// Writes every socket once a tick: whatever was sent on a link since the last tick leaves together.

export interface Flushable {
  flush(): void;
}

let dirty: Flushable[] = [];

/** The caller asks once until it is flushed. Runs after the events of this tick, the store's answers among them. */
export function flushSoon(link: Flushable): void {
  if (dirty.push(link) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  // What a flushed link's owner sends in turn belongs to the next tick.
  const now = dirty;
  dirty = [];
  for (const link of now) link.flush();
}
