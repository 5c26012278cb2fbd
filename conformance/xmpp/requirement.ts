import { requirements, type RequirementOptions } from "../requirement.ts";
import { judgedOver, transports, type Target, type Transport, type XmppAddress } from "../target.ts";
import { BoshKit } from "../bosh-kit.ts";
import { XmppKit } from "../xmpp-kit.ts";

export interface XmppRequirementOptions extends RequirementOptions {
  /** For what only one of the transports says; `any`: for what is the same over each, and judged over the first there is. */
  readonly only?: Transport | readonly Transport[] | "any" | undefined;
}

/** Not BOSH: what shows a stream's header, or ends with its connection. */
export const connections: readonly Transport[] = ["WebSocket", "TCP"];

type Register = (
  clause: string,
  quote: string,
  check: (t: XmppKit) => Promise<void>,
  options: RequirementOptions,
) => void;

const bosh = requirements("XMPP over BOSH", (target) => {
  const found = reach(target, target.xmppBosh, "XMPP over BOSH");
  return typeof found === "string" ? found : new BoshKit(target, found.address);
});

/** A requirement of BOSH. */
export const boshRequirement: typeof bosh = (...requirement) => {
  if (judgedOver("BOSH")) bosh(...requirement);
};

const over: Readonly<Record<Transport | "any", Register>> = {
  WebSocket: requirements("XMPP", (target) => reach(target, target.xmpp, "XMPP over WebSocket")),
  TCP: requirements("XMPP over TCP", (target) => reach(target, target.xmppTcp, "XMPP over TCP"), "over TCP"),
  BOSH: requirements("XMPP over BOSH", (target) => reach(target, target.xmppBosh, "XMPP over BOSH"), "over BOSH"),
  any: requirements("XMPP", (target) => reach(target, target.xmpp ?? target.xmppTcp ?? target.xmppBosh, "XMPP")),
};

/** A requirement of RFC 6120, 6121, 7395 or of an extension, over each transport that the server has. */
export function requirement(
  clause: string,
  quote: string,
  check: (t: XmppKit) => Promise<void>,
  options: XmppRequirementOptions = {},
): void {
  const { only = transports } = options;
  if (only === "any") return judgedOver("WebSocket") ? over.any(clause, quote, check, options) : undefined;
  for (const transport of typeof only === "string" ? [only] : only)
    if (judgedOver(transport)) over[transport](clause, quote, check, options);
}

function reach(target: Target, address: XmppAddress | undefined, what: string): XmppKit | string {
  if (address === undefined) return `${target.name} has no ${what}`;
  if (target.logins.length < 3) return `three accounts are needed (--user … --password …)`;
  return new XmppKit(target, address);
}
