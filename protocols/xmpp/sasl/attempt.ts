// A stream's attempts to authenticate, whichever profile it makes them in.
import { StreamError } from "../faults.ts";
import type { Stream } from "../stream.ts";
import { type Mechanism, type SaslExchange, SaslFailure } from "./exchange.ts";
import { mechanisms } from "./mechanisms.ts";
import { offeredTo } from "./offered.ts";

/** RFC 6120 §6.4.5 wants at least 2 retries and an end to them. */
const failuresAllowed = 5;

interface Attempt {
  exchange: SaslExchange | undefined;
  failures: number;
}

const attempts = new WeakMap<Stream, Attempt>();

export function attemptOf(stream: Stream): Attempt {
  let state = attempts.get(stream);
  if (state === undefined) attempts.set(stream, (state = { exchange: undefined, failures: 0 }));
  return state;
}

/** RFC 6120 §5.4.3.3: an exchange begun before TLS does not go on within it. */
export function forgetAttempt(stream: Stream): void {
  attemptOf(stream).exchange = undefined;
}

/** The attempt has failed: says so, and ends the stream when that was one too many. */
export function failAttempt(stream: Stream, say: () => void): void {
  const state = attemptOf(stream);
  state.exchange = undefined;
  if (stream.over) return;
  say();
  if (++state.failures > failuresAllowed) throw new StreamError("policy-violation", "too many failed logins");
}

/** The mechanism of that name, when the client may begin it now. */
export function chosen(stream: Stream, name: string | undefined): Mechanism {
  const mechanism = mechanisms.find((known) => known.name === name);
  if (stream.mustEncrypt) throw new SaslFailure("encryption-required"); // §6.5.4
  if (mechanism === undefined) throw new SaslFailure("invalid-mechanism");
  if (!offeredTo(stream).includes(mechanism))
    throw new SaslFailure(mechanism.plain ? "encryption-required" : "invalid-mechanism");
  return mechanism;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** RFC 4648 §4: nothing but the alphabet, and the padding where it belongs. */
export function decode(text: string): Buffer {
  if (!base64.test(text)) throw new SaslFailure("incorrect-encoding");
  return Buffer.from(text, "base64");
}

export function encode(message: string | Buffer): string {
  return Buffer.from(message as string).toString("base64");
}
