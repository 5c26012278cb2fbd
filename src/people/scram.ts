// SCRAM (RFC 5802, RFC 7677), the server's side; used by SASL in XMPP and by AUTH in MQTT 5.
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { ScramHash, ScramKeys } from "../model/account.ts";
import { Fault } from "../model/fault.ts";

const derive = promisify(pbkdf2);
const digest = { "SHA-1": "sha1", "SHA-256": "sha256" } as const satisfies Record<ScramHash, string>;
const size = { "SHA-1": 20, "SHA-256": 32 } as const satisfies Record<ScramHash, number>;

/** Keys for a new password (RFC 5802 §3), derived on the thread pool. */
export async function deriveKeys(
  password: string,
  hash: ScramHash,
  iterations: number,
  salt = randomBytes(16),
): Promise<ScramKeys> {
  const salted = await derive(password.normalize("NFKC"), salt, iterations, size[hash], digest[hash]);
  const clientKey = createHmac(digest[hash], salted).update("Client Key").digest();
  return {
    salt: salt.toString("base64"),
    iterations,
    storedKey: createHash(digest[hash]).update(clientKey).digest("base64"),
    serverKey: createHmac(digest[hash], salted).update("Server Key").digest("base64"),
  };
}

/** Whether the password gives these keys; constant in time over the comparison. */
export async function matchesKeys(password: string, hash: ScramHash, keys: ScramKeys): Promise<boolean> {
  const derived = await deriveKeys(password, hash, keys.iterations, Buffer.from(keys.salt, "base64"));
  return timingSafeEqual(Buffer.from(derived.storedKey, "base64"), Buffer.from(keys.storedKey, "base64"));
}

/** What an exchange can be bound to (RFC 5056), by the types' registered names. */
export interface ChannelBindings {
  readonly types: readonly string[];
  /** Undefined for a type that is not among them. */
  data(type: string): Buffer | undefined;
}

export interface ScramOptions {
  readonly hash: ScramHash;
  /** Undefined when the server offers no channel binding (then `y` and `n` are both right). */
  readonly bindings?: ChannelBindings | undefined;
  /** The client chose the mechanism whose name ends in `-PLUS`. */
  readonly plus?: boolean | undefined;
  /** Told to the client in its server-first-message, under the proofs of both (XEP-0474): what it was offered. */
  readonly offerHash?: string | undefined;
  /** Looks the keys up; made-up ones for an unknown name, so that the exchange cannot be told apart. */
  keysOf(username: string): Promise<ScramKeys>;
}

/** One exchange: client-first in, server-first out; client-final in, server-final out. Throws Fault `unauthorized` or `bad-request`. */
export class ScramExchange {
  readonly #options: ScramOptions;
  readonly #nonce = randomBytes(18).toString("base64");
  #first:
    | { bare: string; bound: Buffer; username: string; authzid: string; nonce: string; server: string; keys: ScramKeys }
    | undefined;

  #done = false;

  constructor(options: ScramOptions) {
    this.#options = options;
  }

  /** The name the client gave, once `first` has resolved. */
  get username(): string {
    return this.#first?.username ?? "";
  }

  /** The identity the client asked to act as; empty: the same as `username`. */
  get authzid(): string {
    return this.#first?.authzid ?? "";
  }

  /** client-first-message → server-first-message (RFC 5802 §7). */
  async first(message: string): Promise<string> {
    const parts =
      /^([ny]|p=[A-Za-z0-9.-]+),(?:a=([^,]*))?,((?:m=[^,]*,)?n=([^,]*),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(
        message,
      );
    if (this.#first !== undefined || parts === null) throw new Fault("bad-request", "malformed SCRAM client-first");
    const [, binding, authzid = "", bare, name, clientNonce] = parts as unknown as [
      string,
      string,
      string?,
      string?,
      string?,
      string?,
    ];
    if (bare!.startsWith("m=")) throw new Fault("unauthorized", "SCRAM extension not offered"); // mandatory, and unknown
    const channel = this.#channelOf(binding);
    const username = unescape(name!);
    const keys = await this.#options.keysOf(username);
    const nonce = clientNonce! + this.#nonce;
    const { offerHash } = this.#options;
    const server = `r=${nonce},s=${keys.salt},i=${keys.iterations}${offerHash === undefined ? "" : `,h=${offerHash}`}`;
    const gs2 = `${binding},${authzid === "" ? "" : `a=${authzid}`},`;
    this.#first = {
      bare: bare!,
      bound: Buffer.concat([Buffer.from(gs2), channel]),
      username,
      authzid: unescape(authzid),
      nonce,
      server,
      keys,
    };
    return server;
  }

  /** client-final-message → server-final-message. Resolving means that the client proved it knows the password. */
  final(message: string): string {
    const first = this.#first;
    const parts = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/s.exec(message);
    if (first === undefined || this.#done || parts === null)
      throw new Fault("bad-request", "malformed SCRAM client-final");
    const [, withoutProof, binding, nonce, proof] = parts as unknown as [string, string, string, string, string];
    const authMessage = `${first.bare},${first.server},${withoutProof}`;
    const hash = digest[this.#options.hash];
    const storedKey = Buffer.from(first.keys.storedKey, "base64");
    const signature = createHmac(hash, storedKey).update(authMessage).digest();
    const given = Buffer.from(proof, "base64");
    const clientKey = Buffer.alloc(signature.length);
    if (given.length === signature.length)
      for (let i = 0; i < signature.length; i++) clientKey[i] = given[i]! ^ signature[i]!;
    const proven = timingSafeEqual(createHash(hash).update(clientKey).digest(), storedKey);
    const bound = Buffer.from(binding, "base64").equals(first.bound);
    if (!proven || !bound || nonce !== first.nonce) throw new Fault("unauthorized", "SCRAM proof refused");
    this.#done = true;
    return `v=${createHmac(hash, Buffer.from(first.keys.serverKey, "base64")).update(authMessage).digest("base64")}`;
  }

  /** What the client has to bind to (RFC 5802 §6): nothing, or the data of the type it names. */
  #channelOf(flag: string): Buffer {
    const { bindings, plus = false } = this.#options;
    // It chose one mechanism and speaks another.
    if (flag.startsWith("p=") !== plus) throw new Fault("unauthorized", "the channel binding flag and the name differ");
    // "If the flag is set to "y" and the server supports channel binding, the server MUST fail authentication."
    if (flag === "y" && bindings !== undefined)
      throw new Fault("unauthorized", "the client was not shown that channel binding is offered");
    if (!plus) return Buffer.alloc(0);
    const data = bindings?.data(flag.slice("p=".length));
    if (data === undefined) throw new Fault("unauthorized", "a channel binding type that is not offered");
    return data;
  }
}

/** saslname (RFC 5802 §5.1): `=2C` is a comma, `=3D` an equals sign, any other `=` an error. */
function unescape(name: string): string {
  if (/=(?!2C|3D)/.test(name)) throw new Fault("bad-request", "malformed saslname");
  return name.replaceAll("=2C", ",").replaceAll("=3D", "=");
}
