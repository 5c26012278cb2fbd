// To whom a node sends what a shared subscription gives to a member on another one.
import type { DeviceId, UserId } from "./ids.ts";

export interface ShareAddress {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly share: string;
  /** Of the entry in its queue; undefined: it is not stored. */
  readonly position?: number | undefined;
  /** Nodes that it has come through. */
  readonly hops: number;
}
