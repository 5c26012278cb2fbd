// The account that a name means: `alice` or `alice@host`, as a client, a token or a certificate writes it.
import { userOf, type UserId } from "../model/ids.ts";
import { preparedName } from "../model/precis.ts";

/** Undefined when no account of this host can have the name. */
export function accountNamed(name: string, host: string): UserId | undefined {
  const at = name.lastIndexOf("@");
  if (at !== -1 && name.slice(at + 1).toLowerCase() !== host) return undefined;
  const canonical = preparedName(at === -1 ? name : name.slice(0, at));
  return canonical === undefined ? undefined : userOf(canonical, host);
}
