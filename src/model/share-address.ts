// To whom a node sends what a shared subscription gives to a member on another one.
import type { DeviceId, UserId } from "./ids.ts";

export interface ShareAddress {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly share: string;
  /** The session it is for (`Session.id`): the device may be back with another one. Undefined: told by an older node. */
  readonly session?: string | undefined;
  /** Of the entry in its queue; undefined: it is not stored. */
  readonly position?: number | undefined;
  /** Nodes that it has come through. */
  readonly hops: number;
}
