// Names an account's present keys without telling them: what was given out under others is not good any more.
import { createHash } from "node:crypto";
import type { Account } from "../model/account.ts";

export function generationOf({ keys }: Account): string {
  return createHash("sha256").update(`generation ${keys["SHA-256"].storedKey}`).digest("base64url").slice(0, 16);
}
