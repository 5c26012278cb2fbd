// Devices that are remembered between connections.
import type { DeviceId, UserId } from "../../model/ids.ts";
import type { DeviceRecord } from "../store.ts";
import { keyOf, type State } from "./state.ts";

export function putDevice(state: State, record: DeviceRecord): void {
  state.devices.set(keyOf(record.user, record.device), { ...record });
}

export function removeDevice(state: State, user: UserId, device: DeviceId): void {
  const key = keyOf(user, device);
  state.devices.delete(key);
  state.queues.delete(key);
  state.cursors.delete(key);
  for (const [origin, uses] of state.heldOrigins) {
    if ((JSON.parse(origin) as string[])[0] !== user) continue;
    for (const [conversation, held] of uses) if (held.device === device) uses.delete(conversation);
  }
}

export async function* subscribers(state: State): AsyncIterable<readonly DeviceRecord[]> {
  const found = [...state.devices.values()].filter((record) => record.subscriptions.length > 0);
  if (found.length > 0) yield found;
}

export function expired(state: State, nowMs: number, limit: number): readonly DeviceRecord[] {
  return [...state.devices.values()]
    .filter((record) => record.expiresAt !== undefined && record.expiresAt <= nowMs)
    .slice(0, limit);
}
