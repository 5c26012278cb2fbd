import { requirements } from "../requirement.ts";
import { XmppKit } from "../xmpp-kit.ts";

/** A requirement of RFC 6120, 6121, 7395 or of an extension. */
export const requirement = requirements("XMPP", (target) => {
  if (target.xmpp === undefined) return `${target.name} has no XMPP over WebSocket`;
  if (target.logins.length < 3) return `three accounts are needed (--user … --password …)`;
  return new XmppKit(target, target.xmpp);
});
