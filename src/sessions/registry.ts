// Which sessions are attached on this node, by account and device.
import type { DeviceId, UserId } from "../model/ids.ts";
import { SmallMap } from "../model/small-map.ts";
import type { DeviceSession } from "./device-session.ts";

/** One account may have ten thousand devices here: coming and going costs the same however many there are. */
interface Attached {
  readonly byDevice: SmallMap<DeviceId, DeviceSession>;
  /** Made when it is asked for; undefined after a change. */
  list: readonly DeviceSession[] | undefined;
}

export class Registry {
  readonly #byUser = new Map<UserId, Attached>();

  /** Stable while iterated: additions and removals make a new array. */
  of(user: UserId): readonly DeviceSession[] {
    const attached = this.#byUser.get(user);
    if (attached === undefined) return none;
    return (attached.list ??= [...attached.byDevice.values()]);
  }

  find(user: UserId, device: DeviceId): DeviceSession | undefined {
    return this.#byUser.get(user)?.byDevice.get(device);
  }

  *all(): Iterable<DeviceSession> {
    for (const user of this.#byUser.keys()) yield* this.of(user);
  }

  /** The device has no other session here. */
  add(session: DeviceSession): void {
    let attached = this.#byUser.get(session.user);
    if (attached === undefined)
      this.#byUser.set(session.user, (attached = { byDevice: new SmallMap(), list: undefined }));
    attached.byDevice.set(session.device, session);
    attached.list = undefined;
  }

  remove(session: DeviceSession): void {
    const attached = this.#byUser.get(session.user);
    if (attached === undefined || attached.byDevice.get(session.device) !== session) return;
    attached.byDevice.delete(session.device);
    attached.list = undefined;
    if (attached.byDevice.size === 0) this.#byUser.delete(session.user);
  }
}

const none: readonly DeviceSession[] = [];
