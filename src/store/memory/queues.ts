// Plain topics: what durable sessions are owed, and retained messages.
import type { Publication } from "../../model/event.ts";
import type { DeviceId, UserId } from "../../model/ids.ts";
import type {
  Dropped,
  Enqueue,
  Enqueued,
  HandOver,
  Queued,
  QueueSettle,
  QueueTarget,
  RetainedChange,
  SharedEntry,
} from "../store.ts";
import { heldOf } from "./append.ts";
import { keyOf, type State } from "./state.ts";

export function enqueue(state: State, { publication, sessions, originId }: Enqueue): Enqueued {
  if (originId !== undefined) {
    const held = heldOf(state, publication.author, originId);
    if (held.has("")) return { outcome: "duplicate", positions: [] };
    held.set("", { device: publication.device, envelope: undefined });
  }
  const { memo: _, ...stored } = publication;
  const order = ++state.publications;
  const positions = sessions.map((target) => owe(state, stored, target, order));
  return { outcome: "new", positions };
}

function owe(state: State, publication: Publication, { user, device, ...terms }: QueueTarget, order: number): number {
  const key = keyOf(user, device);
  let queue = state.queues.get(key);
  if (queue === undefined) state.queues.set(key, (queue = { user, device, last: 0, entries: new Map() }));
  queue.last += 1;
  queue.entries.set(queue.last, { position: queue.last, publication, ...terms, order });
  return queue.last;
}

export interface SharedQuestion {
  readonly host: string;
  readonly share: string;
  readonly after: number;
  readonly limit: number;
}

export function shared(state: State, { host, share, after, limit }: SharedQuestion): SharedEntry[] {
  const found: SharedEntry[] = [];
  for (const { user, device, entries } of state.queues.values()) {
    for (const entry of entries.values())
      if (entry.share === share && entry.publication.host === host && entry.order > after)
        found.push({ ...entry, user, device });
  }
  return found.sort((one, other) => one.order - other.order).slice(0, limit);
}

export function handOver(state: State, { from, to }: HandOver): number | undefined {
  const entries = state.queues.get(keyOf(from.user, from.device))?.entries;
  const entry = entries?.get(from.position);
  if (entry?.share === undefined) return undefined;
  if (to === undefined) {
    entries!.set(from.position, { ...entry, share: undefined });
    return undefined;
  }
  entries!.delete(from.position);
  return owe(state, entry.publication, { share: entry.share, ...to }, entry.order);
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
  return entries
    .filter((entry) => entry.position > after)
    .slice(0, limit)
    .map(({ order: _, ...entry }) => entry);
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

export function dropExpired(state: State, nowMs: number, queuedBefore: number, limit: number): Dropped {
  let retained = 0;
  for (const [key, { expiresAt }] of state.retained) {
    if (expiresAt === undefined || expiresAt > nowMs || retained === limit) continue;
    state.retained.delete(key);
    retained++;
  }
  let queued = 0;
  for (const [key, { entries }] of state.queues) {
    for (const [position, { publication, share }] of entries) {
      const orphan = share !== undefined && !state.devices.has(key) && publication.at <= queuedBefore;
      if (!orphan && (publication.expiresAt ?? Infinity) > queuedBefore) continue;
      if (queued < limit && entries.delete(position)) queued++;
    }
  }
  return { retained, queued };
}
