// Everybody in one room, found by device, by nick and by account without looking through all the others.
import { allRoles, type Role } from "../model/conversation.ts";
import type { OccupantSignal } from "../model/event.ts";
import { deviceKey, type NodeId, type UserId } from "../model/ids.ts";
import type { DeviceSession } from "../sessions/device-session.ts";

export interface Occupant {
  readonly signal: OccupantSignal;
  /** Set for an occupant of this node. */
  readonly session: DeviceSession | undefined;
  readonly node: NodeId | undefined;
}

export class Crowd {
  /** Roles of which the others are told; as far as this node knows. */
  shown: readonly Role[] = allRoles;
  /** Of this node. */
  readonly sessions = new Set<DeviceSession>();
  readonly #all = new Map<string, Occupant>();
  readonly #nicks = new Map<string, string[]>();
  readonly #accounts = new Map<UserId, string[]>();

  get size(): number {
    return this.#all.size;
  }

  get(key: string): Occupant | undefined {
    return this.#all.get(key);
  }

  all(): Iterable<Occupant> {
    return this.#all.values();
  }

  named(nick: string): readonly Occupant[] {
    return this.#found(this.#nicks.get(nick));
  }

  of(user: UserId): readonly Occupant[] {
    return this.#found(this.#accounts.get(user));
  }

  /** In place of what was known of the device. */
  set(occupant: Occupant): void {
    const { user, device, nick } = occupant.signal;
    const key = deviceKey(user, device);
    const before = this.#all.get(key);
    this.#all.set(key, occupant);
    if (before?.session !== occupant.session) this.#change(before?.session, occupant.session);
    if (before === undefined) put(this.#accounts, user, key);
    if (before?.signal.nick === nick) return;
    if (before !== undefined) take(this.#nicks, before.signal.nick, key);
    put(this.#nicks, nick, key);
  }

  delete(key: string): void {
    const occupant = this.#all.get(key);
    if (occupant === undefined) return;
    this.#all.delete(key);
    this.#change(occupant.session, undefined);
    take(this.#accounts, occupant.signal.user, key);
    take(this.#nicks, occupant.signal.nick, key);
  }

  #change(before: DeviceSession | undefined, session: DeviceSession | undefined): void {
    if (before !== undefined) this.sessions.delete(before);
    if (session !== undefined) this.sessions.add(session);
  }

  #found(keys: readonly string[] | undefined): readonly Occupant[] {
    return keys === undefined ? nobody : keys.map((key) => this.#all.get(key)!);
  }
}

const nobody: readonly Occupant[] = [];

function put<K>(index: Map<K, string[]>, name: K, key: string): void {
  const keys = index.get(name);
  if (keys === undefined) index.set(name, [key]);
  else keys.push(key);
}

function take<K>(index: Map<K, string[]>, name: K, key: string): void {
  const keys = index.get(name)!;
  if (keys.length === 1) index.delete(name);
  else keys.splice(keys.indexOf(key), 1);
}
