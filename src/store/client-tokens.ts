// What the core asks of storage for the tokens of clients; a part of the store's contract.
import type { UserId } from "../model/ids.ts";

/** All that is kept of one client's tokens. */
export interface KeptTokens {
  /** Counts the changes, from 1 on. */
  readonly version: number;
  /** Opaque to the store. */
  readonly value: string;
  /** When the last of them ends, Unix milliseconds. */
  readonly expiresAt: number;
}

/** Tokens that clients were given to log in with. All is durable when it resolves, and goes with the account. */
export interface ClientTokenStore {
  clientTokens(owner: UserId, client: string): Promise<KeptTokens | undefined>;
  /**
   * Puts it in the place of the one before it, whose version is one less; false when another is there by now, so that of two
   * changes at once one is made. Of the account's clients only those `keep` whose tokens last longest stay.
   */
  putClientTokens(owner: UserId, client: string, tokens: KeptTokens, keep: number): Promise<boolean>;
  /** Undefined: of all the account's clients. */
  removeClientTokens(owner: UserId, client: string | undefined): Promise<void>;
}
