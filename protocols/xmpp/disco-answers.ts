// Answers of service discovery (XEP-0030), printed.
import type { Element } from "./element.ts";
import { StanzaError } from "./faults.ts";
import type { IqRequest } from "./feature.ts";
import { ns } from "./namespaces.ts";
import { attribute } from "./print.ts";
import type { Identity } from "./server-info.ts";

/** A disco#info result; `extra` is XML that comes after the features (XEP-0128). */
export function infoOf(
  identities: readonly Identity[],
  features: readonly string[],
  extra = "",
  asked?: Element,
): string {
  const who = identities
    .map(({ category, type, name }) => `<identity category="${category}" type="${type}"${attribute("name", name)}/>`)
    .join("");
  const node = attribute("node", asked?.attrs["node"]); // §3.2: the node asked for is said again
  return `<query xmlns="${ns.discoInfo}"${node}>${who}${features.map((feature) => `<feature var="${feature}"/>`).join("")}${extra}</query>`;
}

export interface DiscoItem {
  readonly jid: string;
  readonly name?: string | undefined;
  readonly node?: string | undefined;
}

/** `extra` is XML that comes after the items (XEP-0059). */
export function itemsOf(items: readonly DiscoItem[], asked?: Element, extra = ""): string {
  return `<query xmlns="${ns.discoItems}"${attribute("node", asked?.attrs["node"])}>${items.map(({ jid, name, node }) => `<item${attribute("jid", jid)}${attribute("node", node)}${attribute("name", name)}/>`).join("")}${extra}</query>`;
}

/** §3.2: nodes are for those who have them. */
export function refuseNode({ payload }: Pick<IqRequest, "payload">): void {
  if ((payload.attrs["node"] ?? "") !== "") throw new StanzaError("item-not-found", "no such node");
}
