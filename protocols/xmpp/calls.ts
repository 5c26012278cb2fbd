// Steps towards a call (XEP-0353), read and written.
import { callActions, type CallStep, callWord, longestCallId, mostMedia } from "#core";
import type { Element } from "./element.ts";
import { ns } from "./namespaces.ts";
import { attribute, escapeAttribute, legalText } from "./print.ts";

/** What the element says; undefined for one that only XMPP's clients understand. */
export function callIn(part: Element): CallStep | undefined {
  const id = part.attrs["id"] ?? "";
  const action = callActions.find((each) => each === part.getName());
  if (action === undefined || id === "" || id.length > longestCallId) return undefined;
  const media = part
    .getChildren("description", ns.jingleRtp)
    .map(({ attrs }) => attrs["media"] ?? "")
    .filter((each) => callWord.test(each))
    .slice(0, mostMedia);
  const reason = part.getChild("reason", ns.jingle)?.children.find((each) => typeof each !== "string" && each.getName() !== "text"); // prettier-ignore
  const why = typeof reason === "object" && callWord.test(reason.getName()) ? reason.getName() : undefined;
  return { id, action, media: action === "propose" ? media : undefined, why };
}

/** What §3.3, §3.5 and §3.7 recommend where a reason is a MUST and nobody gave one. */
const usual: { readonly [A in CallStep["action"]]?: string } = { reject: "busy", retract: "cancel", finish: "success" };

/** §3: "All message stanzas exchanged by this protocol MUST be of type="chat" and contain XEP-0334 <store/> hints." */
export function callPart({ id, action, media = [], why = usual[action] }: CallStep): string {
  const descriptions = media.map((each) => `<description xmlns="${ns.jingleRtp}"${attribute("media", each)}/>`);
  const reason = why === undefined || usual[action] === undefined ? "" : `<reason xmlns="${ns.jingle}"><${why}/></reason>`; // prettier-ignore
  const named = ` id="${escapeAttribute(legalText(id))}"`;
  const step = `<${action} xmlns="${ns.jingleMessage}"${named}>${descriptions.join("")}${reason}</${action}>`;
  return `${step}<store xmlns="${ns.hints}"/>`;
}
