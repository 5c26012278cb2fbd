// Who is connected here, by device and by client id; and who is just leaving.
import { type DeviceId, deviceKey, type UserId } from "#core";
import type { MqttSession } from "./session.ts";

/** MQTT devices are named by their client id. */
export function deviceOf(clientId: string): DeviceId {
  return `mqtt:${clientId}` as DeviceId;
}

export class Clients {
  readonly #byClientId = new Map<DeviceId, MqttSession>();
  readonly #leaving = new Map<string, Promise<void>>();

  get size(): number {
    return this.#byClientId.size;
  }

  all(): readonly MqttSession[] {
    return [...this.#byClientId.values()];
  }

  find(user: UserId, device: DeviceId): MqttSession | undefined {
    const holder = this.#byClientId.get(device);
    return holder?.attached.user === user ? holder : undefined;
  }

  /** Whether another account is connected under this client id: an id names one client of the server (MQTT 5.0 §3.1.3.1). */
  foreign(user: UserId, device: DeviceId): boolean {
    const holder = this.#byClientId.get(device);
    return holder !== undefined && holder.attached.user !== user;
  }

  add(session: MqttSession): void {
    this.#byClientId.set(session.attached.device, session);
  }

  /** The session is going; whoever connects as its device waits for `done`. */
  remove(session: MqttSession, done: Promise<void>): void {
    const { user, device } = session.attached;
    const key = deviceKey(user, device);
    if (this.#byClientId.get(device) === session) this.#byClientId.delete(device);
    const leaving = done.finally(() => {
      if (this.#leaving.get(key) === leaving) this.#leaving.delete(key);
    });
    this.#leaving.set(key, leaving);
  }

  /** Resolves when the device's last session here is put away. */
  async left(user: UserId, device: DeviceId): Promise<void> {
    await this.#leaving.get(deviceKey(user, device));
  }

  /** Resolves when all that were leaving have left. */
  async allLeft(): Promise<void> {
    await Promise.all(this.#leaving.values());
  }
}
