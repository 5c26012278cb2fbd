// What the core offers on tokens that a client is given, to log in with the next time; a part of `core.ts`.
import type { UserId } from "./model/ids.ts";

/**
 * Each belongs to one client of an account (whose name there is the front-end's affair) and to one mechanism. What is stored of
 * them does not say them. All of an account's end with its password.
 */
export interface ClientTokens {
  /** A new one, beside the one in use, and in the place of one that was given and never used. Faults: not-found, unavailable. */
  issue(user: UserId, client: string, mechanism: string): Promise<IssuedToken>;
  /**
   * The client proves that it has one: that is in use from now on, and older ones are not good any more. Faults: rate-limited
   * after too many failures, unavailable.
   */
  use(user: UserId, client: string | undefined, proof: TokenProof): Promise<TokenUse>;
}

export interface IssuedToken {
  readonly token: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

export interface TokenProof {
  readonly mechanism: string;
  /** What the client has signed: HMAC-SHA-256 under the token. */
  readonly message: Buffer;
  readonly signature: Buffer;
  /** Grows with each use, where the client counts; one that does not is refused. */
  readonly count: number | undefined;
  /** It, and any other of this client, is good for nothing from now on. */
  readonly invalidate: boolean;
  readonly remote: string;
}

export type TokenUse =
  | {
      readonly outcome: "accepted";
      /** It is time for another. */
      readonly due: boolean;
      /** Shows the client that the server knows the token, too. */
      sign(message: Buffer): Buffer;
    }
  /** It was the client's, and is too old. */
  | { readonly outcome: "expired" }
  | { readonly outcome: "refused" };
