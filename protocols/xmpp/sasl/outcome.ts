// What the core's refusals are in SASL's words (RFC 6120 §6.5).
import { Fault, type UserId } from "#core";
import { parseJid } from "../addressing.ts";
import { SaslFailure } from "./exchange.ts";

/** RFC 6120 §6.3.8: nobody acts for another here. */
export function checkAuthzid(authzid: string, user: UserId): void {
  if (authzid !== "" && parseJid(authzid)?.bare !== user) throw new SaslFailure("invalid-authzid");
}

export function failed(error: unknown): never {
  if (!(error instanceof Fault)) throw error;
  if (error.code === "unauthorized" || error.code === "not-found") throw new SaslFailure("not-authorized");
  throw new SaslFailure(error.code === "bad-request" ? "malformed-request" : "temporary-auth-failure");
}
