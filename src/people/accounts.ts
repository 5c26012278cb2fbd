// Accounts: SCRAM keys instead of passwords, checked off the event loop, and remembered while they are right.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import type { Accounts, LoginFrom, Session } from "../core.ts";
import type { Account, ScramHash, ScramKeys } from "../model/account.ts";
import type { CertificateNames } from "../model/certificate.ts";
import { Fault } from "../model/fault.ts";
import { hostOf, nameOf, type UserId } from "../model/ids.ts";
import { preparedName } from "../model/precis.ts";
import { refusals } from "../ops/refusals.ts";
import type { Clock } from "../ops/clock.ts";
import type { Accounts as AccountStore, ClientTokenStore } from "../store/store.ts";
import { DisabledAccounts } from "./disabled-accounts.ts";
import { generationOf } from "./key-generation.ts";
import type { AccountBook } from "./account-book.ts";
import { looksLikeToken } from "./jwt.ts";
import type { LoginRate } from "./login-rate.ts";
import type { LoginThrottle } from "./login-throttle.ts";
import type { Proofs } from "./proofs.ts";
import { deriveKeys, matchesKeys } from "./scram.ts";

export interface AccountParts {
  readonly host: string;
  readonly store: AccountStore & Pick<ClientTokenStore, "removeClientTokens">;
  readonly book: AccountBook;
  readonly clock: Clock;
  readonly throttle: LoginThrottle;
  readonly rate: LoginRate;
  readonly proofs: Proofs;
  /** PBKDF2 rounds for new keys; RFC 7677 §4 asks for 4096 at least. */
  readonly iterations: number;
  /** An account is gone from the store: nothing of it goes on, on any node. */
  removed(user: UserId): void;
  /** It has another password: whoever came in by the old one has to log in again, but for the session `by`. */
  rekeyed(user: UserId, by: Session | undefined): Promise<void>;
}

/** Verified passwords stay known for this long, so that a reconnect storm does not derive every key anew. */
const rememberedMs = 10 * 60_000;
const rememberedBound = 50_000;

export class AccountsImpl implements Accounts {
  readonly #parts: AccountParts;
  /** By account: a keyed hash of the password, bound to the stored key it was verified against. */
  readonly #verified = new Map<UserId, { readonly tag: Buffer; readonly until: number }>();
  readonly #cacheKey = randomBytes(32);
  readonly #disabled: DisabledAccounts;
  #secret: Promise<Buffer> | undefined;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#disabled = new DisabledAccounts(parts.store, parts.host);
  }

  mayTry(remote: string): boolean {
    const may = this.#parts.rate.admits(remote);
    if (!may) refusals.loginRate.add();
    return may;
  }

  async verify(user: UserId, password: string, from: LoginFrom = {}): Promise<UserId> {
    if (looksLikeToken(password)) {
      const holder = await this.#holder(password);
      if (holder === user && (await this.#admit(user))) return user; // else it may be a password all the same
    }
    const account = await this.#parts.store.account(user);
    // The same work for an unknown name, against keys that no password gives.
    const keys = account?.keys["SHA-256"] ?? (await this.#madeUp(user, "SHA-256"));
    const tag = createHmac("sha256", this.#cacheKey).update(`${keys.storedKey} ${password}`).digest();
    const known = this.#verified.get(user);
    if (
      account !== undefined &&
      known !== undefined &&
      known.until > this.#parts.clock.now() &&
      timingSafeEqual(known.tag, tag)
    )
      return user;
    if (account !== undefined && (await this.#parts.proofs.remembersPassword(user, password, from)))
      if (!(await this.#disabled.has(user))) return user;
    // Whoever gave the right password lately came in above: failures of others lock nobody out of a reconnect.
    this.#parts.throttle.check(user, from.remote);
    const right = await matchesKeys(password, "SHA-256", keys);
    if (account === undefined || !right) {
      if ((await this.#parts.proofs.allowsPassword(user, password, from)) && (await this.#admit(user))) return user;
      this.#parts.throttle.failed(user, from.remote);
      throw refused();
    }
    if (this.#verified.size >= rememberedBound) this.#verified.delete(this.#verified.keys().next().value!);
    this.#verified.set(user, { tag, until: this.#parts.clock.now() + rememberedMs });
    this.#parts.book.note(user);
    return user;
  }

  async scramKeys(user: UserId, hash: ScramHash, remote?: string): Promise<ScramKeys> {
    this.#parts.throttle.check(user, remote);
    const account = await this.#parts.store.account(user);
    return account?.keys[hash] ?? this.#madeUp(user, hash);
  }

  scramFailed(user: UserId, remote?: string): void {
    this.#parts.throttle.failed(user, remote);
  }

  exists(user: UserId): Promise<boolean> {
    return this.#parts.book.exists(user);
  }

  async create(user: UserId, password: string): Promise<Account> {
    if (preparedName(nameOf(user)) !== nameOf(user) || hostOf(user) === "")
      throw new Fault("bad-request", "not an account name");
    const account: Account = { user, keys: await this.#keysFor(password), createdAt: this.#parts.clock.now() };
    if (!(await this.#parts.store.createAccount(account))) throw new Fault("conflict", "the account's name is taken");
    this.#parts.book.note(user);
    return account;
  }

  /** Whoever acts as such an account proves it otherwise: its password is nobody's. */
  async ensure(user: UserId): Promise<void> {
    if (await this.exists(user)) return;
    try {
      await this.create(user, randomBytes(32).toString("base64"));
    } catch (error) {
      if (!(error instanceof Fault && error.code === "conflict")) throw error; // another node was faster
      this.#parts.book.note(user);
    }
  }

  async changePassword(user: UserId, password: string, by?: Session): Promise<void> {
    const account = await this.#parts.store.account(user);
    if (account === undefined) throw new Fault("not-found", "no such account");
    const keys = await this.#keysFor(password);
    // Of one that is disabled it holds when that is enabled.
    if (await this.#disabled.has(user)) await this.#disabled.put(user, keys);
    else await this.#parts.store.updateAccount({ ...account, keys });
    this.#verified.delete(user);
    await this.#parts.store.removeClientTokens(user, undefined);
    await this.#parts.rekeyed(user, by);
  }

  async disable(user: UserId): Promise<boolean> {
    const { store } = this.#parts;
    const account = await store.account(user);
    if (account === undefined) return false;
    // Asked again it is done again: it may have been cut short between the two.
    if (!(await this.#disabled.has(user))) await this.#disabled.put(user, account.keys);
    await store.updateAccount({ ...account, keys: await this.#keysFor(randomBytes(32).toString("base64")) });
    this.#verified.delete(user);
    await this.#parts.rekeyed(user, undefined);
    return true;
  }

  async enable(user: UserId): Promise<boolean> {
    const keys = await this.#disabled.keysOf(user);
    const account = await this.#parts.store.account(user);
    if (keys === undefined || account === undefined) return false;
    await this.#parts.store.updateAccount({ ...account, keys });
    await this.#disabled.put(user, undefined);
    return true;
  }

  disabled(): Promise<readonly UserId[]> {
    return this.#disabled.list();
  }

  async remove(user: UserId): Promise<boolean> {
    const removed = await this.#parts.store.removeAccount(user);
    if (await this.#disabled.has(user)) await this.#disabled.put(user, undefined);
    this.#verified.delete(user);
    this.#parts.book.forget(user);
    if (removed) this.#parts.removed(user);
    return removed;
  }

  async list(): Promise<readonly Account[]> {
    const all: Account[] = [];
    for (;;) {
      const page = await this.#parts.store.accounts(1000, all.at(-1)?.user);
      all.push(...page);
      if (page.length < 1000) return all;
    }
  }

  get ownPasswords(): boolean {
    return !this.#parts.proofs.asksAboutPasswords;
  }

  get trustsTokens(): boolean {
    return this.#parts.proofs.trustsTokens;
  }

  async issueToken(user: UserId, ttlMs: number): Promise<string> {
    const account = await this.#parts.store.account(user);
    if (account === undefined) throw new Fault("not-found", "no such account");
    const now = Math.floor(this.#parts.clock.now() / 1000);
    return new SignJWT({ [generation]: generationOf(account) })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject(user)
      .setIssuer(issuer)
      .setAudience(issuer)
      .setIssuedAt(now)
      .setExpirationTime(now + Math.ceil(ttlMs / 1000))
      .sign(await this.#tokenSecret());
  }

  async verifyToken(token: string, named?: UserId): Promise<UserId> {
    const holder = await this.#holder(token);
    if (holder === undefined) throw new Fault("unauthorized", "token refused");
    if ((named !== undefined && named !== holder) || !(await this.#admit(holder))) throw refused();
    return holder;
  }

  inCertificate(certificate: CertificateNames): readonly UserId[] {
    return this.#parts.proofs.inCertificate(certificate);
  }

  async verifyCertificate(certificate: CertificateNames, named?: UserId): Promise<UserId | undefined> {
    const holders = this.#parts.proofs.inCertificate(certificate);
    if (holders.length === 0) return undefined;
    const holder = named ?? (holders.length === 1 ? holders[0]! : undefined);
    if (holder === undefined || !holders.includes(holder) || !(await this.#admit(holder))) throw refused();
    return holder;
  }

  /** Whom the token names, one of ours or of a configured key. */
  async #holder(token: string): Promise<UserId | undefined> {
    try {
      const { payload } = await jwtVerify(token, await this.#tokenSecret(), {
        algorithms: ["HS256"], // never what the token says of itself
        issuer,
        audience: issuer,
        requiredClaims: ["sub", "exp"],
        currentDate: new Date(this.#parts.clock.now()),
      });
      const holder = payload.sub as UserId;
      if (hostOf(holder) !== this.#parts.host) return undefined; // hosts may share a store, and so its secret
      // Nor is one of somebody who had the name before, or from before the password was changed.
      const account = await this.#parts.store.account(holder);
      return account !== undefined && payload[generation] === generationOf(account) ? holder : undefined;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      return this.#parts.proofs.inToken(token);
    }
  }

  /** Whether whoever proved to be this account may come in: it is there, or is made now. */
  async #admit(user: UserId): Promise<boolean> {
    if (await this.exists(user)) return !(await this.#disabled.has(user));
    if (!this.#parts.proofs.createAccounts) return false;
    await this.ensure(user);
    return true;
  }

  async #keysFor(password: string): Promise<Account["keys"]> {
    if (password === "") throw new Fault("bad-request", "empty password");
    const [sha1, sha256] = await Promise.all([
      deriveKeys(password, "SHA-1", this.#parts.iterations),
      deriveKeys(password, "SHA-256", this.#parts.iterations),
    ]);
    return { "SHA-1": sha1, "SHA-256": sha256 };
  }

  /** The same for the same name every time, on every node: an unknown name cannot be told from a known one. */
  async #madeUp(user: UserId, hash: ScramHash): Promise<ScramKeys> {
    const secret = await this.#tokenSecret();
    const make = (what: string): Buffer =>
      createHmac(hash === "SHA-1" ? "sha1" : "sha256", secret)
        .update(`${what} ${hash} ${user}`)
        .digest();
    return {
      salt: make("salt").subarray(0, 16).toString("base64"),
      iterations: this.#parts.iterations,
      storedKey: make("stored").toString("base64"),
      serverKey: make("server").toString("base64"),
    };
  }

  #tokenSecret(): Promise<Buffer> {
    this.#secret ??= this.#parts.store
      .secret("token", randomBytes(32).toString("base64"))
      .then((text) => Buffer.from(text, "base64"));
    return this.#secret;
  }
}

const issuer = "trivium";
/** The claim that names the keys the account had. */
const generation = "gen";

function refused(): Fault {
  refusals.login.add();
  return new Fault("unauthorized", "wrong name or password");
}
