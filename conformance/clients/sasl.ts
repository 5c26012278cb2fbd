// The client's side of SASL PLAIN (RFC 4616) and SCRAM (RFC 5802).
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export function plain({ user, password }: Credentials, authzid = ""): string {
  return Buffer.from(`${authzid}\0${user}\0${password}`).toString("base64");
}

export type ScramHash = "SHA-1" | "SHA-256";

export interface ScramOptions {
  /** Replaces the GS2 header `n,,`. */
  readonly gs2?: string;
  /** By the mechanism whose name ends so. */
  readonly plus?: boolean;
  /** What stands behind the GS2 header in `c` (RFC 5802 §7): the channel's data. */
  readonly channel?: Buffer;
  /** Spoils the proof. */
  readonly wrongProof?: boolean;
  /** Spoils the nonce of the final message. */
  readonly wrongNonce?: boolean;
}

/** One exchange: first message, then what it makes of the server's first, then whether the server proved itself. */
export class Scram {
  readonly first: string;
  readonly #hash: "sha1" | "sha256";
  readonly #gs2: string;
  readonly #bare: string;
  readonly #nonce = randomBytes(18).toString("base64");
  readonly #credentials: Credentials;
  readonly #options: ScramOptions;
  #serverSignature: string | undefined;
  /** What the server said: `r`, `s`, `i`. */
  challenge: ReadonlyMap<string, string> = new Map();

  constructor(hash: ScramHash, credentials: Credentials, options: ScramOptions = {}) {
    this.#hash = hash === "SHA-1" ? "sha1" : "sha256";
    this.#gs2 = options.gs2 ?? "n,,";
    this.#credentials = credentials;
    this.#options = options;
    this.#bare = `n=${credentials.user.replace(/=/g, "=3D").replace(/,/g, "=2C")},r=${this.#nonce}`;
    this.first = base64(this.#gs2 + this.#bare);
  }

  final(serverFirst: string): string {
    const text = Buffer.from(serverFirst, "base64").toString();
    this.challenge = fieldsOf(text);
    const [nonce, salt, iterations] = [
      this.challenge.get("r")!,
      this.challenge.get("s")!,
      Number(this.challenge.get("i")),
    ];
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce)
      throw new Error("the server's nonce does not begin with ours and go on");
    const length = this.#hash === "sha1" ? 20 : 32;
    const salted = pbkdf2Sync(
      this.#credentials.password.normalize("NFKC"),
      Buffer.from(salt, "base64"),
      iterations,
      length,
      this.#hash,
    );
    const clientKey = this.#hmac(salted, "Client Key");
    const bound = Buffer.concat([Buffer.from(this.#gs2), this.#options.channel ?? Buffer.alloc(0)]);
    const withoutProof = `c=${bound.toString("base64")},r=${nonce}${this.#options.wrongNonce === true ? "x" : ""}`;
    const authMessage = `${this.#bare},${text},${withoutProof}`;
    const signature = this.#hmac(createHash(this.#hash).update(clientKey).digest(), authMessage);
    const proof = clientKey.map((byte, index) => byte ^ signature[index]!);
    if (this.#options.wrongProof === true) proof[0]! ^= 1;
    this.#serverSignature = this.#hmac(this.#hmac(salted, "Server Key"), authMessage).toString("base64");
    return base64(`${withoutProof},p=${Buffer.from(proof).toString("base64")}`);
  }

  /** RFC 5802 §5: the client must check that the server knows the keys, too. */
  proves(serverFinal: string): boolean {
    return fieldsOf(Buffer.from(serverFinal, "base64").toString()).get("v") === this.#serverSignature;
  }

  #hmac(key: Buffer, text: string): Buffer {
    return createHmac(this.#hash, key).update(text).digest();
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function fieldsOf(text: string): Map<string, string> {
  return new Map(text.split(",").map((field) => [field.slice(0, 1), field.slice(2)]));
}
