// Which client it is that logs in (XEP-0388 §2.3): the same one each time, under a name of ours.
import { createHmac } from "node:crypto";
import type { UserId } from "#core";
import type { Element } from "../element.ts";
import { ns } from "../namespaces.ts";
import type { XmppServer } from "../server.ts";
import { SaslFailure } from "./exchange.ts";

export interface UserAgent {
  /** Made by the client when it was installed; undefined when it does not say. */
  readonly id: string | undefined;
}

const uuid4 = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** In the request that this element is. Its `<software/>` and `<device/>` are for people, and nobody here is shown them. */
export function userAgentIn(authenticate: Element): UserAgent {
  const element = authenticate.getChild("user-agent", ns.sasl2);
  const id = element?.attrs["id"]?.toLowerCase();
  // §2.3: "the 'id' attribute […] MUST be a UUID v4".
  if (id !== undefined && !uuid4.test(id)) throw new SaslFailure("malformed-request");
  return { id };
}

const secrets = new WeakMap<XmppServer, Promise<string>>();

/**
 * The client's name among the account's, which shows nothing of its id (XEP-0386 §3.2.1: it "MUST NOT be exposed"); undefined
 * for one without.
 */
export async function clientName(server: XmppServer, user: UserId, { id }: UserAgent): Promise<string | undefined> {
  if (id === undefined) return undefined;
  let secret = secrets.get(server);
  if (secret === undefined) {
    secret = server.core.secret("user-agents");
    secret.catch(() => secrets.delete(server)); // the next login asks again
    secrets.set(server, secret);
  }
  return createHmac("sha256", await secret)
    .update(`${user} ${id}`)
    .digest("base64url")
    .slice(0, 16);
}
