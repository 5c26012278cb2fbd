// Devices that are remembered between connections.
import type { DeviceId, NodeId, UserId } from "../../model/ids.ts";
import type { DeviceRecord, Gone, Renewal } from "../store.ts";
import { keyOf, type State } from "./state.ts";

export function putDevice(state: State, record: DeviceRecord): void {
  const key = keyOf(record.user, record.device);
  if ((state.devices.get(key)?.attachedAt ?? 0) > record.attachedAt) return;
  state.devices.set(key, { ...record });
}

export function removeDevice(state: State, user: UserId, device: DeviceId, attachedAt = Infinity): boolean {
  const key = keyOf(user, device);
  if ((state.devices.get(key)?.attachedAt ?? 0) > attachedAt) return false;
  const known = state.devices.delete(key);
  const queue = state.queues.get(key);
  for (const [position, { share }] of queue?.entries ?? []) if (share === undefined) queue!.entries.delete(position);
  state.cursors.delete(key);
  for (const [origin, uses] of state.heldOrigins) {
    if ((JSON.parse(origin) as string[])[0] !== user) continue;
    for (const [conversation, held] of uses) if (held.device === device) uses.delete(conversation);
  }
  return known;
}

export function knows(state: State, user: UserId, device: DeviceId): boolean {
  const key = keyOf(user, device);
  const queued = state.queues.get(key)?.entries.size ?? 0;
  if (state.devices.has(key) || queued > 0 || state.cursors.has(key)) return true;
  for (const [origin, uses] of state.heldOrigins) {
    if ((JSON.parse(origin) as string[])[0] !== user) continue;
    for (const held of uses.values()) if (held.device === device) return true;
  }
  return false;
}

export function renew(state: State, { user, device, attachedAt, expiresAt }: Renewal): void {
  const record = state.devices.get(keyOf(user, device));
  if (record?.attachedAt === attachedAt) state.devices.set(keyOf(user, device), { ...record, expiresAt });
}

export function takeWill(state: State, user: UserId, device: DeviceId, attachedAt: number): boolean {
  const record = state.devices.get(keyOf(user, device));
  if (record?.will === undefined || record.attachedAt !== attachedAt) return false;
  state.devices.set(keyOf(user, device), { ...record, will: undefined, willAt: undefined });
  return true;
}

export function dueWills(state: State, byMs: number, limit: number): readonly DeviceRecord[] {
  return [...state.devices.values()]
    .filter(({ willAt }) => willAt !== undefined && willAt <= byMs)
    .sort((one, other) => one.willAt! - other.willAt!)
    .slice(0, limit);
}

export function orphans(state: State, { silentSince, node: me, startedAt }: Gone, limit: number): DeviceRecord[] {
  const gone = (node: NodeId | undefined, attachedAt: number) =>
    node === me ? attachedAt < startedAt : (state.nodes.get(node ?? "") ?? 0) < silentSince;
  return [...state.devices.values()]
    .filter(
      ({ will, willAt, node, attachedAt }) => will !== undefined && willAt === undefined && gone(node, attachedAt),
    )
    .slice(0, limit);
}

export async function* subscribers(state: State): AsyncIterable<readonly DeviceRecord[]> {
  const found = [...state.devices.values()].filter((record) => record.subscriptions.length > 0);
  if (found.length > 0) yield found;
}

export function expired(state: State, nowMs: number, limit: number): readonly DeviceRecord[] {
  return [...state.devices.values()]
    .filter(({ expiresAt, will }) => expiresAt !== undefined && expiresAt <= nowMs && will === undefined)
    .slice(0, limit);
}
