// Who is available, by device: this node's sessions say so, others are told and asked (P6: never stored).
import type { Bus } from "../bus/bus.ts";
import type { Presence, PresenceUpdate } from "../core.ts";
import type { Delivery, PresenceSignal } from "../model/event.ts";
import type { DeviceId, NodeId, UserId } from "../model/ids.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { type Interests, presenceKey, userKey } from "../sessions/interests.ts";
import type { Accounts } from "../store/store.ts";

interface Known {
  readonly signal: PresenceSignal;
  readonly node: NodeId | undefined;
}

const devicesBound = 100;

export interface PresenceParts {
  readonly store: Pick<Accounts, "contact">;
  readonly bus: Bus;
  readonly interests: Interests;
}

export class PresenceBoard implements Presence {
  readonly #parts: PresenceParts;
  readonly #known = new Map<UserId, Map<DeviceId, Known>>();
  readonly #watchers = new Map<UserId, Set<DeviceSession>>();
  readonly #watched = new Map<DeviceSession, Set<UserId>>();

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  announce(session: DeviceSession, update: PresenceUpdate): void {
    const before = this.#known.get(session.user)?.get(session.device);
    if (!update.available && before === undefined) return;
    const signal: PresenceSignal = {
      type: "signal",
      name: "presence",
      user: session.user,
      device: session.device,
      available: update.available,
      show: update.show ?? "available",
      status: update.status,
      priority: update.priority ?? 0,
      extensions: update.extensions,
    };
    this.#record(signal, undefined);
    this.#tell(signal);
    this.#parts.bus.announce([presenceKey(session.user)], signal);
  }

  of(user: UserId): readonly PresenceSignal[] {
    return [...(this.#known.get(user)?.values() ?? [])].map((known) => known.signal);
  }

  watch(session: DeviceSession, user: UserId): void {
    let watchers = this.#watchers.get(user);
    if (watchers === undefined) this.#watchers.set(user, (watchers = new Set()));
    if (watchers.has(session)) return;
    watchers.add(session);
    let watched = this.#watched.get(session);
    if (watched === undefined) this.#watched.set(session, (watched = new Set()));
    watched.add(user);
    for (const signal of this.of(user)) session.offerUnless(1, newsOf(signal));
    const ask = (): void =>
      this.#parts.bus.announce([userKey(user)], {
        type: "control",
        name: "presence?",
        payload: JSON.stringify({ user }),
      });
    void this.#parts.interests.add(presenceKey(user)).then(ask); // never rejects: see Bus.watch
  }

  unwatch(session: DeviceSession, user: UserId): void {
    const watchers = this.#watchers.get(user);
    if (watchers === undefined || !watchers.delete(session)) return;
    this.#watched.get(session)?.delete(user);
    this.#parts.interests.drop(presenceKey(user));
    if (watchers.size > 0) return;
    this.#watchers.delete(user);
    this.#forgetRemote(user);
  }

  async maySee(watcher: UserId, user: UserId): Promise<boolean> {
    if (watcher === user) return true;
    const contact = await this.#parts.store.contact(user, watcher);
    return contact?.subscription === "from" || contact?.subscription === "both";
  }

  /** The session is gone: unavailable, and watching nobody. */
  detach(session: DeviceSession): void {
    this.announce(session, { available: false });
    for (const user of this.#watched.get(session) ?? []) this.unwatch(session, user);
    this.#watched.delete(session);
  }

  heard(signal: PresenceSignal, node: NodeId): void {
    const known = this.#known.get(signal.user)?.get(signal.device);
    if (known !== undefined && known.node === undefined) return; // the device is attached here now
    if (!signal.available && known === undefined) return;
    this.#record(signal, node);
    this.#tell(signal);
  }

  /** Another node asks about an account that has sessions here. */
  answerOthers(user: UserId): void {
    for (const { signal, node } of this.#known.get(user)?.values() ?? []) {
      if (node === undefined) this.#parts.bus.announce([presenceKey(user)], signal);
    }
  }

  nodeDown(node: NodeId): void {
    for (const devices of this.#known.values()) {
      for (const { signal, node: theirs } of devices.values()) {
        if (theirs !== node) continue;
        const gone: PresenceSignal = { ...signal, memo: [], available: false };
        this.#record(gone, node);
        this.#tell(gone);
      }
    }
  }

  #record(signal: PresenceSignal, node: NodeId | undefined): void {
    let devices = this.#known.get(signal.user);
    if (!signal.available) {
      devices?.delete(signal.device);
      if (devices?.size === 0) this.#known.delete(signal.user);
      return;
    }
    if (devices === undefined) this.#known.set(signal.user, (devices = new Map()));
    if (devices.size < devicesBound || devices.has(signal.device)) devices.set(signal.device, { signal, node });
  }

  /** Nobody here watches the account any more, so nobody tells us when a remote device goes. */
  #forgetRemote(user: UserId): void {
    const devices = this.#known.get(user);
    for (const [device, { node }] of devices ?? []) if (node !== undefined) devices!.delete(device);
    if (devices?.size === 0) this.#known.delete(user);
  }

  #tell(signal: PresenceSignal): void {
    const news = newsOf(signal);
    for (const session of this.#watchers.get(signal.user) ?? []) {
      if (session.user !== signal.user || session.device !== signal.device) session.offerUnless(1, news);
    }
  }
}

function newsOf(signal: PresenceSignal): Delivery {
  return { event: signal, late: false, redelivered: false };
}
