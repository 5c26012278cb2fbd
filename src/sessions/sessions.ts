// Devices come and go: attaching, takeover, remembering, and the end.
import type { Bus } from "../bus/bus.ts";
import type { AttachOptions, Session, Sessions } from "../core.ts";
import { Fault } from "../model/fault.ts";
import { type DeviceId, deviceKey, type UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { CommitLane } from "../routing/commit-lane.ts";
import type { Leaver } from "../routing/shared-queues.ts";
import type { Devices, DeviceRecord, TopicSubscription } from "../store/store.ts";
import { DeviceSession } from "./device-session.ts";
import { type Interests, userKey } from "./interests.ts";
import type { OutboxBounds } from "./outbox.ts";
import type { Registry } from "./registry.ts";
import { delayOf, serialised, type Wills } from "./wills.ts";

export interface SessionParts {
  readonly devices: Devices;
  readonly wills: Pick<Wills, "fire" | "schedule">;
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
  /** Its queue is as it was until now: what others may have in its stead goes to them. */
  handOver(leaver: Leaver): Promise<void>;
  /** The session is off: the other parts let go of it. `keep`: its device is remembered. */
  detached(session: DeviceSession, keep: boolean): void;
}

/**
 * A record is kept for this much longer than its session lasts, as nobody can say when a killed server was last alive
 * but the record itself: it is renewed a few times within.
 */
const aliveMs = 30 * 60_000;
const renewEveryMs = 10 * 60_000;
const renewalsAtOnce = 5_000;
const dayMs = 24 * 60 * 60_000;

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

  detach(session: DeviceSession, keep: boolean, forMs?: number, state?: string): Promise<void> {
    if (state !== undefined) session.state = state;
    const now = this.#parts.clock.now(); // before anything is waited for: marks that move from here on were missed
    return this.#inTurn(session.user, session.device, () => this.#detach(session, { keep, forMs, now }));
  }

  async remember(session: DeviceSession, state: string): Promise<void> {
    session.state = state;
    if (session.options.rememberMs > 0)
      await this.#parts.devices.putDevice(this.recordOf(session, this.#parts.subscriptionsOf(session)));
  }

  withdrawWill(session: DeviceSession): void {
    session.will = undefined;
  }

  /** Says in the store that devices which are attached here still are; some of them each time. */
  async renew(): Promise<void> {
    const now = this.#parts.clock.now();
    const due: DeviceSession[] = [];
    for (const session of this.#parts.registry.all()) {
      const { rememberMs } = session.options;
      if (rememberMs === 0 || !Number.isFinite(rememberMs) || now - session.renewedAt < renewEveryMs) continue;
      session.renewedAt = now;
      if (due.push(session) === renewalsAtOnce) break;
    }
    if (due.length === 0) return;
    const renewals = due.map(({ user, device, attachedAt, options: { rememberMs } }) => {
      return { user, device, attachedAt, expiresAt: now + rememberMs + aliveMs };
    });
    await this.#parts.devices.renew(renewals);
  }

  extend(session: DeviceSession, until: number | undefined): void {
    session.stopTimer?.();
    session.stopTimer = undefined;
    if (until !== undefined && session.attached) this.#endAt(session, until);
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

  /** Ends every session of the account but the one of that id. Their devices are remembered. */
  endOthers(user: UserId, fault: Fault, spared: string | undefined, attachedBefore = Infinity): void {
    for (const session of this.#parts.registry.of(user))
      if (session.id !== spared && session.attachedAt < attachedBefore) session.end(fault);
  }

  /** What is stored of an attached device. */
  recordOf(session: DeviceSession, subscriptions: readonly TopicSubscription[]): DeviceRecord {
    const { user, device, state, attachedAt, will, options } = session;
    session.renewedAt = this.#parts.clock.now();
    return {
      user,
      device,
      state,
      subscriptions,
      attachedAt,
      detachedAt: 0,
      // One that is not remembered has a record for its will alone.
      expiresAt: options.rememberMs === 0 ? attachedAt : expiry(session.renewedAt, options.rememberMs + aliveMs),
      node: this.#parts.bus.node,
      will,
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
      const over = options.fresh === true || other.options.rememberMs === 0;
      if (over && other.leases !== undefined)
        await this.#parts.handOver({ user, device, takenTo: other.leases.takenTo, over });
    }
    await interests.add(userKey(user));
    try {
      const { found, known } = await this.#recall(options);
      // Later than the last time whatever the clocks of the nodes say, so that claims have an order.
      const attachedAt = Math.max(clock.now(), (found?.attachedAt ?? 0) + 1);
      const session = new DeviceSession(options, known, this.#parts.outbox, attachedAt);
      session.will = serialised(options.will, options.rememberMs);
      if (session.recorded)
        await devices.putDevice(this.recordOf(session, options.durable ? (known?.subscriptions ?? []) : []));
      const claim = JSON.stringify({ user, device, attachedAt });
      bus.announce([userKey(user)], { type: "control", name: "claim", payload: claim });
      registry.add(session);
      this.#parts.attached(session);
      this.extend(session, options.until);
      return session;
    } catch (error) {
      interests.drop(userKey(user));
      throw error;
    }
  }

  /** What is known of the device, after what the past session's end brings about. */
  async #recall({ user, device, rememberMs, fresh, will }: AttachOptions): Promise<Recalled> {
    const { devices, clock } = this.#parts;
    if (rememberMs === 0 && fresh !== true && will === undefined) return {};
    // Nearly all who start afresh left nothing: to look is cheaper than to forget.
    const traces = fresh !== true || (await devices.knows(user, device));
    const found = traces ? await devices.device(user, device) : undefined;
    const ended = fresh === true || expired(found, clock.now());
    if (found?.will !== undefined) {
      // A delayed will is void when the session is resumed before it is due [MQTT-3.1.3-9]; without a delay it was due
      // the moment the connection ended, if by takeover.
      const takenOver = found.willAt === undefined && delayOf(found.will) === 0;
      if (ended || takenOver) await this.#parts.wills.fire(found, found.will);
    }
    if (!ended) return { found, known: rememberMs > 0 ? found : undefined };
    this.#parts.forgotten(user, device);
    if (traces) await this.#parts.handOver({ user, device, takenTo: 0, over: true });
    if (traces) await devices.removeDevice(user, device);
    return { found };
  }

  async #detach(session: DeviceSession, { keep, forMs = session.options.rememberMs, now }: Leaving): Promise<void> {
    const { devices, lane, registry } = this.#parts;
    const subscriptions = this.#parts.subscriptionsOf(session);
    const mine = registry.find(session.user, session.device) === session;
    session.attached = false;
    session.stopTimer?.();
    if (!mine) return; // replaced: the device's record is its successor's
    const { will } = session;
    this.#letGo(session, keep);
    const { user, device, leases, recorded } = session;
    if (!recorded && leases === undefined) return;
    const delayMs = will === undefined ? undefined : delayOf(will, keep ? forMs : 0);
    if (delayMs === 0) await this.#parts.wills.fire(session, will!);
    await lane.flushed();
    const over = !keep || session.options.rememberMs === 0;
    if (leases !== undefined) await this.#parts.handOver({ user, device, takenTo: leases.takenTo, over });
    if (over && (recorded || (await devices.knows(user, device))))
      await devices.removeDevice(user, device, session.attachedAt);
    if (over) return;
    const delayed = delayMs !== undefined && delayMs > 0;
    await devices.putDevice({
      ...this.recordOf(session, subscriptions),
      detachedAt: now,
      expiresAt: expiry(now, forMs),
      will: delayed ? will : undefined,
      willAt: delayed ? now + delayMs : undefined,
    });
    if (delayed) this.#parts.wills.schedule(session, will!, now + delayMs);
  }

  /** A timer is for a day at the most: what is longer does not fit into one, and clocks are set. */
  #endAt(session: DeviceSession, until: number): void {
    const { clock } = this.#parts;
    const leftMs = Math.max(0, until - clock.now());
    session.stopTimer = clock.after(Math.min(leftMs, dayMs), () => {
      if (leftMs > dayMs) return this.#endAt(session, until);
      session.end(new Fault("revoked", "the token has ended", { ends: "connection" }));
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
    const key = deviceKey(user, device);
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
  return record?.expiresAt !== undefined && record.expiresAt <= now;
}

interface Leaving {
  readonly keep: boolean;
  readonly forMs?: number | undefined;
  readonly now: number;
}

interface Recalled {
  /** As it was stored. */
  readonly found?: DeviceRecord | undefined;
  /** Undefined: the device starts as new. */
  readonly known?: DeviceRecord | undefined;
}

function replaced(): Fault {
  return new Fault("session-replaced", "the same device connected elsewhere", { ends: "connection" });
}

function nothing(): void {
  // A turn that failed has told its caller; the next one begins all the same.
}
