import { requirements, type RequirementOptions } from "../requirement.ts";
import type { Target, XmppAddress } from "../target.ts";
import { BoshKit } from "../bosh-kit.ts";
import { XmppKit } from "../xmpp-kit.ts";

export interface XmppRequirementOptions extends RequirementOptions {
  /** For what only one of the transports says. */
  readonly only?: "WebSocket" | "TCP" | undefined;
}

/** A requirement of BOSH. */
export const boshRequirement = requirements("XMPP over BOSH", (target) => {
  const found = reach(target, target.xmppBosh, "BOSH");
  return typeof found === "string" ? found : new BoshKit(target, found.address);
});

const overWebSocket = requirements("XMPP", (target) => reach(target, target.xmpp, "WebSocket"));
const overTcp = requirements("XMPP over TCP", (target) => reach(target, target.xmppTcp, "TCP"), "over TCP");

/** A requirement of RFC 6120, 6121, 7395 or of an extension, over each transport that the server has. */
export function requirement(
  clause: string,
  quote: string,
  check: (t: XmppKit) => Promise<void>,
  options: XmppRequirementOptions = {},
): void {
  if (options.only !== "TCP") overWebSocket(clause, quote, check, options);
  if (options.only !== "WebSocket") overTcp(clause, quote, check, options);
}

function reach(target: Target, address: XmppAddress | undefined, transport: string): XmppKit | string {
  if (address === undefined) return `${target.name} has no XMPP over ${transport}`;
  if (target.logins.length < 3) return `three accounts are needed (--user … --password …)`;
  return new XmppKit(target, address);
}
