// Accounts as stored: SCRAM keys instead of passwords (RFC 5802 §3).
import type { UserId } from "./ids.ts";

export type ScramHash = "SHA-1" | "SHA-256";

export interface ScramKeys {
  /** base64. */
  readonly salt: string;
  readonly iterations: number;
  /** base64. */
  readonly storedKey: string;
  /** base64. */
  readonly serverKey: string;
}

export interface Account {
  readonly user: UserId;
  readonly keys: Readonly<Record<ScramHash, ScramKeys>>;
  readonly createdAt: number;
}

/** One line of an account's contact list (RFC 6121 §2.1). */
export interface Contact {
  readonly owner: UserId;
  readonly contact: UserId;
  readonly name?: string | undefined;
  readonly groups: readonly string[];
  readonly subscription: "none" | "to" | "from" | "both";
  /** A subscription request of ours that waits for the contact's answer. */
  readonly ask: boolean;
  /** The contact's request that waits for our answer; not shown in the roster. */
  readonly pendingIn: boolean;
  /** The contact may see us as soon as it asks (RFC 6121 §3.4). */
  readonly approved?: boolean | undefined;
}
