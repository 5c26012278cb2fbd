// Which push services an account's devices want told: kept with the account, and known for a while.
import { createHash } from "node:crypto";
import type { Bus } from "../bus/bus.ts";
import type { AccountData, PushRegistration, Pushes } from "../core.ts";
import { Fault } from "../model/fault.ts";
import type { UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import { nodesKey } from "../sessions/interests.ts";

const prefix = "core/push/";
const mostOfAccount = 20;
const freshMs = 60_000;
const knownBound = 50_000;

interface Known {
  readonly registrations: readonly PushRegistration[];
  readonly at: number;
}

export interface PushBookParts {
  readonly data: AccountData;
  readonly bus: Bus;
  readonly clock: Clock;
}

export class PushBook implements Pushes {
  readonly #parts: PushBookParts;
  readonly #known = new Map<UserId, Known>();

  constructor(parts: PushBookParts) {
    this.#parts = parts;
  }

  async of(user: UserId): Promise<readonly PushRegistration[]> {
    const { data, clock } = this.#parts;
    const known = this.#known.get(user);
    if (known !== undefined && clock.now() - known.at < freshMs) return known.registrations;
    const kept = await data.list(user, prefix);
    const registrations = kept.map(({ value }) => JSON.parse(value) as PushRegistration);
    this.#known.delete(user);
    if (this.#known.size >= knownBound) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(user, { registrations, at: clock.now() });
    return registrations;
  }

  peek(user: UserId, nowMs: number): readonly PushRegistration[] | undefined {
    const known = this.#known.get(user);
    return known !== undefined && nowMs - known.at < freshMs ? known.registrations : undefined;
  }

  async put(user: UserId, registration: Omit<PushRegistration, "key">): Promise<void> {
    this.forget(user); // asked for at another node a moment ago, perhaps
    const key = keyOf(registration.jid, registration.node);
    const others = (await this.of(user)).filter((one) => one.key !== key);
    if (others.length >= mostOfAccount) throw new Fault("quota-exceeded", "too many push services");
    await this.#parts.data.put(user, prefix + key, JSON.stringify({ key, ...registration }));
    this.#changed(user);
  }

  async remove(user: UserId, which: (one: PushRegistration) => boolean): Promise<void> {
    this.forget(user);
    const gone = (await this.of(user)).filter(which);
    for (const { key } of gone) await this.#parts.data.put(user, prefix + key, undefined);
    if (gone.length > 0) this.#changed(user);
  }

  /** What is known is not so any more. */
  forget(user: UserId): void {
    this.#known.delete(user);
  }

  /** Told to all nodes. */
  #changed(user: UserId): void {
    this.forget(user);
    this.#parts.bus.announce([nodesKey], { type: "control", name: "push", payload: JSON.stringify({ user }) });
  }
}

function keyOf(jid: string, node: string): string {
  return createHash("sha256").update(`${jid}\n${node}`).digest("base64url").slice(0, 22);
}
