// Tokens that somebody else signed (RFC 7519): each key with its own algorithms, issuer and audience, and no say of the token's.
import { createPublicKey, type KeyObject } from "node:crypto";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from "jose";
import type { UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import type { Logger } from "../ops/log.ts";
import { accountNamed } from "./account-name.ts";

export type KeySource =
  | { readonly kind: "secret"; readonly secret: string }
  /** PEM, of a key or a certificate. */
  | { readonly kind: "public"; readonly pem: string }
  | { readonly kind: "set"; readonly keys: JSONWebKeySet }
  | { readonly kind: "url"; readonly url: string };

export interface JwtKey {
  readonly source: KeySource;
  /** The only ones accepted with this key (RFC 8725 §3.1). Those of a secret begin with HS, and no others do. */
  readonly algorithms: readonly string[];
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** The claim that names the account. */
  readonly accountClaim: string;
}

export interface JwtParts {
  readonly host: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** For key sets at a URL: guarded as the operator says. */
  readonly fetch: (url: string) => Promise<{ readonly status: number; readonly body: string }>;
}

type Verify = (token: string, options: Parameters<typeof jwtVerify>[2]) => Promise<{ readonly payload: JWTPayload }>;

/** Clocks that differ by so much still agree about `exp` and `nbf`. */
const toleranceS = 5;
const fetchTimeoutMs = 5_000;
/** A key set is read again when it is older, or when a token names a key that is not in it, at most this often. */
const keysFreshMs = 10 * 60_000;
const refetchMs = 30_000;
const warnEveryMs = 60_000;

export class JwtKeys {
  readonly #parts: JwtParts;
  readonly #keys: readonly { readonly key: JwtKey; readonly verify: Verify }[];
  #warnedAt = -Infinity;

  /** Throws when a key cannot be read. */
  constructor(keys: readonly JwtKey[], parts: JwtParts) {
    this.#parts = parts;
    this.#keys = keys.map((key) => ({ key, verify: this.#verifierOf(key.source) }));
  }

  /** The account of this host that the token proves; undefined: none. */
  async holder(token: string): Promise<UserId | undefined> {
    for (const { key, verify } of this.#keys) {
      const payload = await this.#payloadUnder(key, verify, token);
      const name = payload?.[key.accountClaim];
      // A key that vouches for the token says whose it is, or that it is nobody's here; no other key is asked.
      if (payload !== undefined) return typeof name === "string" ? accountNamed(name, this.#parts.host) : undefined;
    }
    return undefined;
  }

  async #payloadUnder(key: JwtKey, verify: Verify, token: string): Promise<JWTPayload | undefined> {
    try {
      const { payload } = await verify(token, {
        algorithms: [...key.algorithms],
        ...(key.issuer !== undefined && { issuer: key.issuer }),
        ...(key.audience !== undefined && { audience: key.audience }),
        requiredClaims: ["exp", key.accountClaim],
        clockTolerance: toleranceS,
        currentDate: new Date(this.#parts.clock.now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof KeysUnavailable) this.#warn(error);
      return undefined;
    }
  }

  /** `jku`, `jwk`, `x5u` and `x5c` in a token's header are not looked at: keys come from the configuration alone. */
  #verifierOf(source: KeySource): Verify {
    if (source.kind === "secret") return verifierWith(Buffer.from(source.secret, "utf8"));
    if (source.kind === "public") return verifierWith(createPublicKey(source.pem));
    const find = source.kind === "set" ? createLocalJWKSet(source.keys) : this.#remote(source.url);
    return (token, options) => jwtVerify(token, find, options);
  }

  #remote(url: string): ReturnType<typeof createRemoteJWKSet> {
    return createRemoteJWKSet(new URL(url), {
      timeoutDuration: fetchTimeoutMs,
      cacheMaxAge: keysFreshMs,
      cooldownDuration: refetchMs,
      [customFetch]: async () => {
        const { status, body } = await this.#parts.fetch(url).catch((cause: unknown) => {
          throw new KeysUnavailable("a key set cannot be fetched", { cause });
        });
        if (status !== 200) throw new KeysUnavailable(`a key set was answered with ${status}`);
        return new Response(body, { headers: { "content-type": "application/json" } });
      },
    });
  }

  #warn(err: Error): void {
    const now = this.#parts.clock.now();
    if (now - this.#warnedAt < warnEveryMs) return;
    this.#warnedAt = now;
    this.#parts.log.warn({ what: "jwt_keys_unavailable", err }, "tokens of its keys are refused meanwhile");
  }
}

class KeysUnavailable extends Error {}

function verifierWith(key: Uint8Array | KeyObject): Verify {
  return (token, options) => jwtVerify(token, key, options);
}

/** When a token that was verified ends, Unix milliseconds; undefined for what is no token. */
export function tokenExpiry(token: string): number | undefined {
  if (!looksLikeToken(token)) return undefined;
  try {
    const { exp } = decodeJwt(token);
    return exp === undefined ? undefined : exp * 1000;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined; // a password that looks like one
    throw error;
  }
}

/** Whether a password may be a token in its place: three parts in base64url (RFC 7515 §7.1). */
export function looksLikeToken(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}
