// Tokens that clients are given to log in with (for XEP-0484): two at a time for each client, rotated, and revoked with the password.
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { ClientTokens, IssuedToken, TokenProof, TokenUse } from "../core-client-tokens.ts";
import { Fault } from "../model/fault.ts";
import type { UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import { refusals } from "../ops/refusals.ts";
import type { ClientTokenStore, KeptTokens } from "../store/client-tokens.ts";
import type { Accounts as AccountStore } from "../store/store.ts";
import { generationOf } from "./key-generation.ts";
import type { LoginThrottle } from "./login-throttle.ts";

export interface ClientTokenParts {
  readonly store: ClientTokenStore & Pick<AccountStore, "account">;
  readonly clock: Clock;
  readonly throttle: LoginThrottle;
}

const day = 24 * 60 * 60_000;
const goodForMs = 21 * day;
/** Less than this left: another is given. */
const dueMs = 14 * day;
/** Clients of one account that have tokens; at the bound those whose tokens end first lose them. */
const mostClients = 100;
const tries = 8;

/**
 * More than the 64 octets of a block of SHA-256: HMAC hashes longer keys first (RFC 2104 §2), so that the hash is all that
 * is needed to check a signature, and the token itself is not stored.
 */
const tokenBytes = 72;

interface Slot {
  readonly mechanism: string;
  /** base64: the token's SHA-256. */
  readonly key: string;
  readonly expiresAt: number;
  /** The last count it was used with; -1: none. */
  readonly count: number;
  /** Of the account's keys when it was given. */
  readonly generation: string;
}

/** XEP-0484 §5.1. */
interface Slots {
  readonly current?: Slot | undefined;
  /** Given, and not used yet. */
  readonly fresh?: Slot | undefined;
  /** Good once: invalidated, or given up for a later one. The last first. */
  readonly former?: readonly Slot[] | undefined;
}

/** So many are known for what they were; older ones are refused like any that never was. */
const mostFormer = 2;

export class ClientTokensImpl implements ClientTokens {
  readonly #parts: ClientTokenParts;

  constructor(parts: ClientTokenParts) {
    this.#parts = parts;
  }

  async issue(user: UserId, client: string, mechanism: string): Promise<IssuedToken> {
    const { store, clock } = this.#parts;
    const account = await store.account(user);
    if (account === undefined) throw new Fault("not-found", "no such account");
    const token = randomBytes(tokenBytes).toString("base64url");
    const key = createHash("sha256").update(token).digest("base64");
    const expiresAt = clock.now() + goodForMs;
    const fresh: Slot = { mechanism, key, expiresAt, count: -1, generation: generationOf(account) };
    await this.#change(user, client, (slots) => [{ ...slots, fresh, ...withFormer(slots, slots.fresh) }, undefined]);
    return { token, expiresAt };
  }

  async use(user: UserId, client: string | undefined, proof: TokenProof): Promise<TokenUse> {
    const { store, throttle } = this.#parts;
    throttle.check(user, proof.remote);
    const account = await store.account(user);
    const generation = account === undefined ? "" : generationOf(account);
    // The same work for an account that is none, and a client that has none.
    const used = await this.#change(user, client ?? "", (slots) => this.#used(slots, proof, generation));
    if (used.outcome !== "accepted") refusals.login.add();
    if (used.outcome === "refused") throttle.failed(user, proof.remote);
    return used;
  }

  #used(slots: Slots, proof: TokenProof, generation: string): [Slots, TokenUse] {
    const { count = -1, mechanism, invalidate } = proof;
    const now = this.#parts.clock.now();
    // All are looked at, so that the time does not tell which.
    const kept = [slots.fresh, slots.current, ...Array.from({ length: mostFormer }, (_, at) => slots.former?.[at])];
    const [fresh, current, ...former] = kept.map((each) => (signs(each, proof) ? each : undefined));
    const slot = fresh ?? current;
    const known = slot ?? former.find((each) => each !== undefined);
    // "Servers MUST bind tokens to the mechanism selected by the client in its original request" (§3.4).
    if (known === undefined || known.mechanism !== mechanism) return [slots, { outcome: "refused" }];
    // §4.2: "If the server no longer trusts a token, it MUST […] fail the authentication (returning the SASL
    // 'credentials-expired' error condition)": by its time, or because its client has ended it before.
    if (slot === undefined || slot.generation !== generation || slot.expiresAt <= now)
      return [slots, { outcome: "expired" }];
    // "where the count is less than or equal to a count that has already been processed for this token" (§3.4).
    if (count >= 0 && count <= slot.count) return [slots, { outcome: "refused" }];
    const key = Buffer.from(slot.key, "base64");
    const accepted = {
      outcome: "accepted",
      due: slot.expiresAt - now < dueMs,
      sign: (message: Buffer) => createHmac("sha256", key).update(message).digest(),
    } as const;
    if (invalidate) return [withFormer(slots, slots.current, slots.fresh), accepted];
    const counted = count >= 0 ? { ...slot, count } : slot;
    if (fresh === undefined) return [{ ...slots, current: counted }, accepted];
    // §3.5: "the server MUST invalidate all tokens issued to the same client with an earlier expiry".
    return [{ current: counted, ...withFormer(slots, slots.current) }, accepted];
  }

  /** One change of several at once is made first, and the others look again. */
  async #change<T>(user: UserId, client: string, change: (slots: Slots) => [Slots, T]): Promise<T> {
    const { store } = this.#parts;
    for (let n = 0; n < tries; n++) {
      const kept = await store.clientTokens(user, client);
      const before = kept === undefined ? {} : (JSON.parse(kept.value) as Slots);
      const [after, result] = change(before);
      if (JSON.stringify(after) === JSON.stringify(before)) return result;
      if (await this.#put(user, client, kept, after)) return result;
    }
    throw new Fault("unavailable", "a client's tokens are changed by too many at once");
  }

  async #put(user: UserId, client: string, kept: KeptTokens | undefined, slots: Slots): Promise<boolean> {
    const known = [slots.current, slots.fresh, ...(slots.former ?? [])];
    const expiresAt = Math.max(...known.map((slot) => slot?.expiresAt ?? 0));
    // Emptied rather than removed: of two that use the last one at once, one is late.
    const tokens = { version: (kept?.version ?? 0) + 1, value: JSON.stringify(slots), expiresAt };
    return this.#parts.store.putClientTokens(user, client, tokens, mostClients);
  }
}

/** These are good no more. */
function withFormer({ former = [] }: Slots, ...ended: readonly (Slot | undefined)[]): Pick<Slots, "former"> {
  const all = [...ended.filter((slot) => slot !== undefined), ...former];
  return all.length === 0 ? {} : { former: all.slice(0, mostFormer) };
}

const nobodys = randomBytes(32);

/** Whether the signature is by that token; constant in time. */
function signs(slot: Slot | undefined, { message, signature }: TokenProof): boolean {
  const key = slot === undefined ? nobodys : Buffer.from(slot.key, "base64");
  const right = createHmac("sha256", key).update(message).digest();
  return signature.length === right.length && timingSafeEqual(signature, right) && slot !== undefined;
}
