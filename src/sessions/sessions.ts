// Devices come and go: attaching, takeover, remembering, and the end.
import type { Bus } from "../bus/bus.ts";
import type { AttachOptions, Session, Sessions } from "../core.ts";
import { Fault } from "../model/fault.ts";
import type { DeviceId, UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { CommitLane } from "../routing/commit-lane.ts";
import type { Devices, DeviceRecord, TopicSubscription } from "../store/store.ts";
import { DeviceSession } from "./device-session.ts";
import { type Interests, userKey } from "./interests.ts";
import type { OutboxBounds } from "./outbox.ts";
import type { Registry } from "./registry.ts";

export interface SessionParts {
  readonly devices: Devices;
  readonly lane: CommitLane;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly interests: Interests;
  readonly outbox: OutboxBounds;
  subscriptionsOf(session: DeviceSession): readonly TopicSubscription[];
  /** The session is on: the other parts take note. */
  attached(session: DeviceSession): void;
  /** What the device was subscribed to is no more; no session of it is attached. */
  forgotten(user: UserId, device: DeviceId): void;
  /** The session is off: the other parts let go of it. `keep`: its device is remembered. */
  detached(session: DeviceSession, keep: boolean): void;
}

export class SessionsImpl implements Sessions {
  readonly #parts: SessionParts;
  /** Attaching and detaching of one device happen one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  attach(options: AttachOptions): Promise<Session> {
    return this.#inTurn(options.user, options.device, () => this.#attach(options));
  }

  detach(session: DeviceSession, keep: boolean, forMs?: number): Promise<void> {
    return this.#inTurn(session.user, session.device, () => this.#detach(session, keep, forMs));
  }

  async remember(session: DeviceSession, state: string): Promise<void> {
    session.state = state;
    if (session.options.rememberMs > 0)
      await this.#parts.devices.putDevice(this.recordOf(session, this.#parts.subscriptionsOf(session)));
  }

  of(user: UserId): readonly Session[] {
    return this.#parts.registry.of(user);
  }

  /** The device attached on another node: the session here is replaced, unless it began after that. */
  claimed(user: UserId, device: DeviceId, attachedAt: number): void {
    const session = this.#parts.registry.find(user, device);
    if (session === undefined || session.attachedAt > attachedAt) return;
    this.#letGo(session, session.options.durable);
    session.end(replaced());
  }

  /** Ends every session of the account, for good. */
  endAll(user: UserId, fault: Fault): void {
    for (const session of this.#parts.registry.of(user)) {
      this.#letGo(session, false);
      session.end(fault);
    }
  }

  /** What is stored of an attached device. */
  recordOf(session: DeviceSession, subscriptions: readonly TopicSubscription[]): DeviceRecord {
    return {
      user: session.user,
      device: session.device,
      state: session.state,
      subscriptions,
      attachedAt: session.attachedAt,
      detachedAt: 0,
      expiresAt: expiry(session.attachedAt, session.options.rememberMs),
    };
  }

  async #attach(options: AttachOptions): Promise<Session> {
    const { devices, registry, interests, bus, clock } = this.#parts;
    const { user, device } = options;
    const other = registry.find(user, device);
    if (other !== undefined) {
      this.#letGo(other, options.durable);
      other.end(replaced());
      await this.#parts.lane.flushed();
    }
    await interests.add(userKey(user));
    try {
      const remembered = options.rememberMs > 0;
      const found = remembered ? await devices.device(user, device) : undefined;
      const known = options.fresh || expired(found, clock.now()) ? undefined : found;
      if (options.fresh || found !== known) {
        await devices.removeDevice(user, device);
        this.#parts.forgotten(user, device);
      }
      // Later than the last time whatever the clocks of the nodes say, so that claims have an order.
      const attachedAt = Math.max(clock.now(), (found?.attachedAt ?? 0) + 1);
      const session = new DeviceSession(options, known, this.#parts.outbox, attachedAt);
      if (remembered)
        await devices.putDevice(this.recordOf(session, options.durable ? (known?.subscriptions ?? []) : []));
      const claim = JSON.stringify({ user, device, attachedAt });
      bus.announce([userKey(user)], { type: "control", name: "claim", payload: claim });
      registry.add(session);
      this.#parts.attached(session);
      return session;
    } catch (error) {
      interests.drop(userKey(user));
      throw error;
    }
  }

  async #detach(session: DeviceSession, keep: boolean, forMs = session.options.rememberMs): Promise<void> {
    const { devices, lane, clock, registry } = this.#parts;
    const subscriptions = this.#parts.subscriptionsOf(session);
    const mine = registry.find(session.user, session.device) === session;
    session.attached = false;
    if (!mine) return; // replaced: the device's record is its successor's
    this.#letGo(session, keep);
    if (session.options.rememberMs === 0) return;
    const now = clock.now(); // before anything is waited for: marks that move from here on were missed
    await lane.flushed();
    if (!keep) return devices.removeDevice(session.user, session.device);
    await devices.putDevice({
      ...this.recordOf(session, subscriptions),
      detachedAt: now,
      expiresAt: expiry(now, forMs),
    });
  }

  #letGo(session: DeviceSession, keep: boolean): void {
    this.#noteOwn(session, keep);
    this.#parts.registry.remove(session);
    this.#parts.detached(session, keep);
    this.#parts.interests.drop(userKey(session.user));
  }

  /** Its own messages, skipped without a write each, move the cursor now, so that they are no backlog next time. */
  #noteOwn(session: DeviceSession, keep: boolean): void {
    if (!keep || session.options.rememberMs === 0) return;
    for (const { conversation, acked, started } of session.followers.values()) {
      if (acked > started)
        this.#parts.lane.advance({ user: session.user, device: session.device, conversation, seq: acked });
    }
  }

  #inTurn<T>(user: UserId, device: DeviceId, act: () => Promise<T>): Promise<T> {
    const key = `${user} ${device}`;
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(act, act);
    const done = turn.then(nothing, nothing);
    this.#turns.set(key, done);
    void done.then(() => {
      if (this.#turns.get(key) === done) this.#turns.delete(key);
    });
    return turn;
  }
}

function expiry(from: number, forMs: number): number | undefined {
  return Number.isFinite(forMs) ? from + forMs : undefined;
}

/** The sweeper comes by now and then; a device that comes back before it is treated as if it had [MQTT-4.1.0-2]. */
function expired(record: DeviceRecord | undefined, now: number): boolean {
  return record?.expiresAt !== undefined && record.detachedAt > 0 && record.expiresAt <= now;
}

function replaced(): Fault {
  return new Fault("session-replaced", "the same device connected elsewhere", { ends: "connection" });
}

function nothing(): void {
  // A turn that failed has told its caller; the next one begins all the same.
}
