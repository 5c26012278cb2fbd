// What is never stored: who is there, and what clients tell each other in passing (P6); a part of `core.ts`.
import type { Session } from "./core.ts";
import type { Extensions, PresenceSignal, Show, TypingState } from "./model/event.ts";
import type { ConversationId, DeviceId, UserId } from "./model/ids.ts";

export interface PresenceUpdate {
  readonly available: boolean;
  readonly show?: Show | undefined;
  readonly status?: string | undefined;
  readonly priority?: number | undefined;
  readonly extensions?: Extensions | undefined;
}

/** Availability by device. Ephemeral (P6): never stored, gone with the session. */
export interface Presence {
  /** Tells all who watch the account. */
  announce(session: Session, update: PresenceUpdate): void;
  /** What is known now of the account's available devices, on all nodes as far as heard. */
  of(user: UserId): readonly PresenceSignal[];
  /** The session's outbox gets the account's PresenceSignals: first one for each available device, then changes. */
  watch(session: Session, user: UserId): void;
  /** False when it did not watch. */
  unwatch(session: Session, user: UserId): boolean;
  /** Whether this account's availability may be shown to the watcher: oneself, and contacts with subscription. */
  maySee(watcher: UserId, user: UserId): Promise<boolean>;
}

export interface Signals {
  /** At most once, to everyone following the conversation but the sending device. */
  typing(session: Session, conversation: ConversationId, state: TypingState, ttlMs?: number): void;
  /**
   * Carries a front-end's own words to its sessions of an account (or to one device), at most once.
   * False when there is certainly nobody to hear it.
   */
  relay(session: Session, frontend: string, to: UserId, toDevice: DeviceId | undefined, payload: string): boolean;
  /** False when certainly no session of that device is attached, here or on another node. */
  mayReach(to: UserId, device: DeviceId): boolean;
}
