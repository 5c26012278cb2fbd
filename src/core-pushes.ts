// What the core offers on push notifications: who wants to be told; telling is a front-end's. A part of `core.ts`.
import type { UserId } from "./model/ids.ts";

/** A device's wish that a service be told when there is something for it while it is away. */
export interface PushRegistration {
  /** Of service and node; names it in what is stored and in questions to the service. */
  readonly key: string;
  /** The service: an address that an external component speaks for, or whose nodes are published to. */
  readonly jid: string;
  /** Empty when the client named none. */
  readonly node: string;
  /** The device that asked, which needs no push while it is there. */
  readonly device: string;
  /** What the service is to be told beside that, each with its values. */
  readonly options: readonly (readonly [string, readonly string[]])[];
}

/** Kept with the account; what one node changes all nodes know of. */
export interface Pushes {
  of(user: UserId): Promise<readonly PushRegistration[]>;
  /** The same from what was known lately, as seen at that time; undefined when that is nothing. */
  peek(user: UserId, nowMs: number): readonly PushRegistration[] | undefined;
  /** Replaces what was asked for of the same service and node. Fault: quota-exceeded. */
  put(user: UserId, registration: Omit<PushRegistration, "key">): Promise<void>;
  /** Those that the function picks, of what is stored now. */
  remove(user: UserId, which: (one: PushRegistration) => boolean): Promise<void>;
}
