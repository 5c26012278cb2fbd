// Who is available, by device: this node's sessions say so, others are told and asked (P6: never stored).
import type { Bus } from "../bus/bus.ts";
import type { Presence, PresenceUpdate } from "../core.ts";
import type { Delivery, PresenceSignal } from "../model/event.ts";
import { type DeviceId, deviceKey, type NodeId, type UserId } from "../model/ids.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { type Interests, nodesKey, presenceKey, userKey } from "../sessions/interests.ts";
import type { BlockBook } from "./blocks.ts";
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
  readonly blocks: Pick<BlockBook, "peek" | "need">;
  readonly failed: (error: unknown) => void;
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
    if (update.available ? !session.attached : before === undefined) return;
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
    if (!session.attached) return;
    let watchers = this.#watchers.get(user);
    if (watchers === undefined) this.#watchers.set(user, (watchers = new Set()));
    if (watchers.has(session)) return;
    watchers.add(session);
    let watched = this.#watched.get(session);
    if (watched === undefined) this.#watched.set(session, (watched = new Set()));
    watched.add(user);
    if (this.#mayHear(session, user)) this.#show(session, user, true);
    const ask = (): void =>
      this.#parts.bus.announce([userKey(user)], {
        type: "control",
        name: "presence?",
        payload: JSON.stringify({ user }),
      });
    void this.#parts.interests.add(presenceKey(user)).then(ask); // never rejects: see Bus.watch
  }

  unwatch(session: DeviceSession, user: UserId): boolean {
    const watchers = this.#watchers.get(user);
    if (watchers === undefined || !watchers.delete(session)) return false;
    this.#watched.get(session)?.delete(user);
    this.#parts.interests.drop(presenceKey(user));
    if (watchers.size > 0) return true;
    this.#watchers.delete(user);
    this.#forgetRemote(user);
    return true;
  }

  async maySee(watcher: UserId, user: UserId): Promise<boolean> {
    if (watcher === user) return true;
    const contact = await this.#parts.store.contact(user, watcher);
    await Promise.all([this.#parts.blocks.need(user), this.#parts.blocks.need(watcher)]);
    if (this.#parts.blocks.peek(user, watcher) || this.#parts.blocks.peek(watcher, user)) return false;
    return contact?.subscription === "from" || contact?.subscription === "both";
  }

  /** XEP-0191 §3.3, §3.4: who is blocked now sees everybody of the account go, and who is not any more sees who is there. */
  blocksChanged(owner: UserId, hides: (other: UserId) => readonly [before: boolean, now: boolean]): void {
    for (const session of this.#watchers.get(owner) ?? []) {
      const [before, now] = hides(session.user);
      if (before !== now) this.#show(session, owner, !now);
    }
    for (const [session, watched] of this.#watched) {
      if (session.user !== owner) continue;
      for (const user of watched) {
        const [before, now] = hides(user);
        if (before && !now) this.#show(session, user, true);
      }
    }
  }

  /** Neither has blocked the other. While that is not known nothing is shown, and once it is what there is then. */
  #mayHear(session: DeviceSession, user: UserId): boolean {
    const { blocks, failed } = this.#parts;
    const [mine, theirs] = [blocks.peek(session.user, user), blocks.peek(user, session.user)];
    if (mine !== undefined && theirs !== undefined) return !mine && !theirs;
    Promise.all([blocks.need(session.user), blocks.need(user)]).then(() => {
      const watching = this.#watchers.get(user)?.has(session) === true;
      if (watching && this.#mayHear(session, user)) this.#show(session, user, true);
    }, failed);
    return false;
  }

  #show(session: DeviceSession, user: UserId, available: boolean): void {
    for (const signal of this.of(user))
      session.offerUnless(1, newsOf(available ? signal : { ...signal, memo: [], available: false }));
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

  /** News may be lost, ours and theirs: everybody says again who of the accounts watched here is available. */
  async resync(): Promise<void> {
    const here = [...this.#known].filter(([, devices]) =>
      [...devices.values()].some((known) => known.node === undefined),
    );
    for (const users of slices(here.map(([user]) => user))) this.answerAll(users);
    for (const users of slices([...this.#watchers.keys()])) this.#ask("presences?", { users });
  }

  /** What this node has of these accounts, and that this is all. */
  answerAll(users: readonly UserId[]): void {
    const present: Pick<PresenceSignal, "user" | "device">[] = [];
    for (const user of users) {
      this.answerOthers(user);
      for (const { signal, node } of this.#known.get(user)?.values() ?? [])
        if (node === undefined) present.push({ user, device: signal.device });
    }
    this.#ask("presences=", { users, present });
  }

  /** These are all that the node has of the accounts; whatever else it had is gone. */
  counted(users: readonly UserId[], present: readonly Pick<PresenceSignal, "user" | "device">[], node: NodeId): void {
    const there = new Set(present.map(({ user, device }) => deviceKey(user, device)));
    for (const user of users) {
      for (const { signal, node: theirs } of [...(this.#known.get(user)?.values() ?? [])]) {
        if (theirs === node && !there.has(deviceKey(user, signal.device))) this.#gone(signal, node);
      }
    }
  }

  nodeDown(node: NodeId): void {
    for (const devices of this.#known.values()) {
      for (const { signal, node: theirs } of devices.values()) {
        if (theirs === node) this.#gone(signal, node);
      }
    }
  }

  #gone(signal: PresenceSignal, node: NodeId): void {
    const gone: PresenceSignal = { ...signal, memo: [], available: false };
    this.#record(gone, node);
    this.#tell(gone);
  }

  #ask(name: string, payload: object): void {
    this.#parts.bus.announce([nodesKey], { type: "control", name, payload: JSON.stringify(payload) });
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
      const itself = session.user === signal.user && session.device === signal.device;
      if (!itself && this.#mayHear(session, signal.user)) session.offerUnless(1, news);
    }
  }
}

function newsOf(signal: PresenceSignal): Delivery {
  return { event: signal, late: false, redelivered: false };
}

const sliceSize = 500;

/** Few names in one announcement. */
function* slices(users: readonly UserId[]): Iterable<readonly UserId[]> {
  for (let at = 0; at < users.length; at += sliceSize) yield users.slice(at, at + sliceSize);
}
