// Whose account a login is about, by the name that the client says.
import { type Core, type UserId, userOf } from "#core";
import { accountOf } from "../addressing.ts";

/** A name that no account can have goes the same way as one that none has. */
export function userNamed(name: string, { host }: Pick<Core, "host">): UserId {
  return accountOf(name, host) ?? userOf(`/${Buffer.from(name).toString("base64url")}`, host);
}
