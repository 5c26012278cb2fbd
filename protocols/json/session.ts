// What handlers work with: a peer that connected, and the session it becomes by `auth`.
import type { CertificateNames, Core, DeviceId, Session, Settler, TopicSettler, UserId } from "#core";
import type { Names } from "./addressing.ts";
import type { JsonOptions } from "./options.ts";
import type { Events } from "./translate.ts";

/** In the names of devices, and of what its sessions tell each other. */
export const frontendName = "json";

/** What every connection of the front-end shares. */
export interface Shared {
  readonly core: Core;
  readonly options: JsonOptions;
  readonly names: Names;
  readonly events: Events;
}

/** A connection, authenticated or not. */
export interface Peer extends Shared {
  /** A password may be sent in plain. */
  readonly secure: boolean;
  /** The client's address. */
  readonly remote: string;
  /** The client's, verified; undefined without one. */
  readonly certificate: CertificateNames | undefined;
  /** Undefined before `auth`. */
  readonly session: JsonSession | undefined;
  /** Makes the connection a session of the device; its outbox is drained once `auth` has been answered. */
  attach(user: UserId, device: DeviceId, rememberMs: number, until?: number): Promise<JsonSession>;
}

/** An attached device of this front-end. */
export interface JsonSession extends Shared {
  /** The core's own. */
  readonly attached: Session;
  readonly user: UserId;
  /** The device has a name of its own, and is remembered. */
  readonly named: boolean;
  /** Where the router's and the topics' answers go. */
  readonly settler: Settler & TopicSettler;
  /** Sends a line outside of replies and deliveries, after those of this tick; before `auth` is answered it waits. */
  tell(line: string): void;
  /** `synced` is said when all of these have been delivered up to their heads. */
  expect(conversation: string, head: number): void;
}
