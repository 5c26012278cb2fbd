// The configured ways to prove to be an account, ready to be asked.
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import type { JSONWebKeySet } from "jose";
import type { CoreOptions } from "../create-core.ts";
import { ask } from "../net/outgoing-request.ts";
import type { JwtKeyConfig } from "../ops/auth-schema.ts";
import { systemClock } from "../ops/clock.ts";
import type { Config } from "../ops/config-schema.ts";
import type { Logger } from "../ops/log.ts";
import { JwtKeys, type KeySource } from "../people/jwt.ts";
import { Webhook } from "../people/webhook.ts";

const answerBytes = 64 * 1024;
const keySetBytes = 1024 * 1024;
const keySetTimeoutMs = 5_000;

/** Throws when a key cannot be read. */
export function proofsOf({ auth, domain }: Config, log: Logger): NonNullable<CoreOptions["proofs"]> {
  return {
    createAccounts: auth.create_accounts,
    certificates: auth.certificates,
    jwt: auth.jwt.length === 0 ? undefined : jwtKeys(auth.jwt, domain, log),
    webhook: auth.webhook.url === "" ? undefined : webhookOf(auth.webhook, log),
  };
}

function jwtKeys(keys: readonly JwtKeyConfig[], host: string, log: Logger): JwtKeys {
  const open = new Set(keys.flatMap(({ jwks_url, allow_private }) => (allow_private && jwks_url ? [jwks_url] : [])));
  return new JwtKeys(
    keys.map((key, at) => ({
      source: sourceOf(key, at),
      algorithms: key.algorithms,
      issuer: key.issuer,
      audience: key.audience,
      accountClaim: key.account_claim,
    })),
    {
      host,
      clock: systemClock,
      log,
      fetch: (url) => ask({ url, timeoutMs: keySetTimeoutMs, maxBytes: keySetBytes, allowPrivate: open.has(url) }),
    },
  );
}

function sourceOf(key: JwtKeyConfig, at: number): KeySource {
  if (key.secret !== undefined) return { kind: "secret", secret: key.secret };
  if (key.jwks_url !== undefined) return { kind: "url", url: key.jwks_url };
  const file = key.jwks_file ?? key.public_key_file;
  try {
    const text = key.public_key ?? readFileSync(file!, "utf8");
    if (key.jwks_file !== undefined) return { kind: "set", keys: JSON.parse(text) as JSONWebKeySet };
    createPublicKey(text); // said here, where the place is known
    return { kind: "public", pem: text };
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "it is not what it should be";
    throw new Error(`auth.jwt.${at}: cannot read ${file ?? "public_key"}: ${why}`, { cause: error });
  }
}

function webhookOf(settings: Config["auth"]["webhook"], log: Logger): Webhook {
  const { url, token, timeout_ms, concurrent, cache_ms, allow_private } = settings;
  return new Webhook({
    clock: systemClock,
    log,
    concurrent,
    cacheMs: cache_ms,
    post: (json) =>
      ask({
        url,
        json,
        timeoutMs: timeout_ms,
        maxBytes: answerBytes,
        allowPrivate: allow_private,
        headers: token === "" ? {} : { authorization: `Bearer ${token}` },
      }),
  });
}
