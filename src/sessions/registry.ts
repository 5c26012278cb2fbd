// Which sessions are attached on this node, by account and device.
import type { DeviceId, UserId } from "../model/ids.ts";
import type { DeviceSession } from "./device-session.ts";

export class Registry {
  readonly #byUser = new Map<UserId, DeviceSession[]>();

  /** Stable while iterated: additions and removals make a new array. */
  of(user: UserId): readonly DeviceSession[] {
    return this.#byUser.get(user) ?? none;
  }

  find(user: UserId, device: DeviceId): DeviceSession | undefined {
    return this.of(user).find((session) => session.device === device);
  }

  *all(): Iterable<DeviceSession> {
    for (const sessions of this.#byUser.values()) yield* sessions;
  }

  add(session: DeviceSession): void {
    this.#byUser.set(session.user, [...this.of(session.user), session]);
  }

  remove(session: DeviceSession): void {
    const rest = this.of(session.user).filter((other) => other !== session);
    if (rest.length > 0) this.#byUser.set(session.user, rest);
    else this.#byUser.delete(session.user);
  }
}

const none: readonly DeviceSession[] = [];
