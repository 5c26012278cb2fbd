// Plain topics: what durable sessions are owed, and retained messages.
import type { Publication } from "../../model/event.ts";
import type { DeviceId, UserId } from "../../model/ids.ts";
import type { Enqueue, Enqueued, Queued, QueueSettle, RetainedChange } from "../store.ts";
import { heldOf } from "./append.ts";
import { keyOf, type State } from "./state.ts";

export function enqueue(state: State, { publication, sessions, originId }: Enqueue): Enqueued {
  if (originId !== undefined) {
    const held = heldOf(state, publication.author, originId);
    if (held.has("")) return { outcome: "duplicate", positions: [] };
    held.set("", { device: publication.device, envelope: undefined });
  }
  const { memo: _, ...stored } = publication;
  const positions = sessions.map(({ user, device, ...terms }) => {
    const key = keyOf(user, device);
    let queue = state.queues.get(key);
    if (queue === undefined) state.queues.set(key, (queue = { last: 0, entries: new Map() }));
    queue.last += 1;
    queue.entries.set(queue.last, { position: queue.last, publication: stored, ...terms });
    return queue.last;
  });
  return { outcome: "new", positions };
}

export function settle(state: State, { user, device, position }: QueueSettle): void {
  state.queues.get(keyOf(user, device))?.entries.delete(position);
}

export function queued(
  state: State,
  user: UserId,
  device: DeviceId,
  { after, limit }: { after: number; limit: number },
): readonly Queued[] {
  const entries = [...(state.queues.get(keyOf(user, device))?.entries.values() ?? [])];
  return entries.filter((entry) => entry.position > after).slice(0, limit);
}

export function pin(state: State, { publication }: RetainedChange): void {
  const { memo: _, ...stored } = publication;
  const key = keyOf(publication.host, publication.topic);
  if (publication.payload.length === 0) state.retained.delete(key);
  else state.retained.set(key, stored);
}

export async function* retained(state: State): AsyncIterable<readonly Publication[]> {
  if (state.retained.size > 0) yield [...state.retained.values()];
}
