// What the core offers on accounts and their contacts; a part of `core.ts`.
import type { Account, Contact, ScramHash, ScramKeys } from "./model/account.ts";
import type { CertificateNames } from "./model/certificate.ts";
import type { DeviceId, UserId } from "./model/ids.ts";
import type { AccountDatum, ContactChanges } from "./store/store.ts";
import type { Session } from "./core.ts";

export interface Accounts {
  /** Whether this address may try to log in now; counts one. */
  mayTry(remote: string): boolean;
  /**
   * The account, when the password is right, or a token of it in the password's place. Off the event loop, cached. Faults:
   * unauthorized, after the same work for an unknown name; rate-limited after too many failures; unavailable when the
   * service that would know cannot be asked.
   */
  verify(user: UserId, password: string, from?: LoginFrom): Promise<UserId>;
  /** Keys for a SCRAM exchange; for an unknown name stable, made-up ones (RFC 5802 §5.1, indistinguishable). */
  scramKeys(user: UserId, hash: ScramHash, remote?: string): Promise<ScramKeys>;
  /** A SCRAM exchange ended with a wrong proof: counts as a wrong password. */
  scramFailed(user: UserId, remote?: string): void;
  exists(user: UserId): Promise<boolean>;
  /** Faults: conflict (taken), bad-request (name or empty password). */
  create(user: UserId, password: string): Promise<Account>;
  /** The account is there when it resolves, made without a password if it had to be. Faults: bad-request (name). */
  ensure(user: UserId): Promise<void>;
  /**
   * Whoever is logged in to the account is logged out (`revoked`), on every node, but for the session `by`; tokens of the
   * account are not good any more. Fault: not-found.
   */
  changePassword(user: UserId, password: string, by?: Session): Promise<void>;
  remove(user: UserId): Promise<boolean>;
  /**
   * Nobody logs in to it until it is enabled again, whatever he proves, and its sessions are ended (`revoked`); nothing of it is
   * lost. False when there is no such account.
   */
  disable(user: UserId): Promise<boolean>;
  /** As it was before. False when it was not disabled. */
  enable(user: UserId): Promise<boolean>;
  disabled(): Promise<readonly UserId[]>;
  list(): Promise<readonly Account[]>;
  /** Whether a right password is always the account's own here, and nobody else is asked about it. */
  readonly ownPasswords: boolean;
  /** Whether keys are configured whose tokens prove accounts. */
  readonly trustsTokens: boolean;
  issueToken(user: UserId, ttlMs: number): Promise<string>;
  /** The account a token names; `named`, if given, must be the same. Fault unauthorized. */
  verifyToken(token: string, named?: UserId): Promise<UserId>;
  /** The names of accounts of this host in a certificate, as the configuration reads it; whether they are there is not asked. */
  inCertificate(certificate: CertificateNames): readonly UserId[];
  /**
   * The account a verified certificate speaks for; `named`, if given, must be the same, or one of them where the
   * certificate names several. Undefined when certificates prove nobody here, or this one nobody of ours. Fault unauthorized.
   */
  verifyCertificate(certificate: CertificateNames, named?: UserId): Promise<UserId | undefined>;
}

/** Where a login comes from. */
export interface LoginFrom {
  /** The client's address. */
  readonly remote?: string | undefined;
  readonly device?: DeviceId | undefined;
}

/**
 * Whom an account does not want to hear, by account or by host. Who is blocked cannot write to the account (as to one that
 * does not exist), is not shown its presence, and whatever else it sends is dropped; the account cannot write to it either
 * (`blocked`). Rooms are not touched. All sessions of the account hear a BlockingSignal.
 */
export interface Blocks {
  list(owner: UserId): Promise<readonly string[]>;
  /** Whether `owner` has blocked `other`. */
  blocks(owner: UserId, other: UserId): Promise<boolean>;
  /** The same from what this node knows; undefined when that is nothing. Of an account with sessions here it is known. */
  peek(owner: UserId, other: UserId): boolean | undefined;
  /** Durable when it resolves. Faults: quota-exceeded. */
  block(owner: UserId, addresses: readonly string[], by?: Session): Promise<void>;
  /** Undefined: all of them. */
  unblock(owner: UserId, addresses: readonly string[] | undefined, by?: Session): Promise<void>;
}

/** Small texts that front-ends keep with an account (a card, preferences), each replaced as a whole. */
export interface AccountData {
  get(owner: UserId, name: string): Promise<string | undefined>;
  /** Those whose names begin so, by name. */
  list(owner: UserId, prefix: string): Promise<readonly AccountDatum[]>;
  /** Undefined removes it. Durable when it resolves. Faults: too-large, quota-exceeded. */
  put(owner: UserId, name: string, value: string | undefined): Promise<void>;
}

/** Contact lists (RFC 6121 §2–3). All sessions of the owner, of every protocol, hear a ContactSignal of each change. */
export interface Contacts {
  list(owner: UserId): Promise<readonly Contact[]>;
  get(owner: UserId, contact: UserId): Promise<Contact | undefined>;
  /** What changed since that version of the list; see `ContactChanges`. */
  changes(owner: UserId, since: number | undefined): Promise<ContactChanges>;
  put(contact: Contact, by?: Session): Promise<void>;
  remove(owner: UserId, contact: UserId, by?: Session): Promise<boolean>;
}
