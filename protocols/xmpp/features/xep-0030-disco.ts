// XEP-0030: what is here, and what it can do.
import { printForm } from "../data-form.ts";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { type Identity, serverFeatures, serverForms, serverIdentities } from "../server-info.ts";
import type { XmppSession } from "../session.ts";
import { commandInfo, commandItems } from "./xep-0050-commands.ts";
import { checkServerNode } from "./xep-0115-capabilities.ts";

export const disco: Feature = {
  spec: { id: "XEP-0030", title: "Service Discovery", version: "2.5rc3", status: "complete" },
  disco: [ns.discoInfo, ns.discoItems],
  iq: [
    { type: "get", name: "query", xmlns: ns.discoInfo, to: ["server"], answer: serverInfo },
    { type: "get", name: "query", xmlns: ns.discoItems, to: ["server"], answer: serverItems },
    { type: "get", name: "query", xmlns: ns.discoInfo, to: ["own", "account"], answer: accountInfo },
    { type: "get", name: "query", xmlns: ns.discoItems, to: ["own", "account"], answer: accountItems },
  ],
};

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

export function itemsOf(items: readonly { readonly jid: string; readonly name?: string | undefined }[]): string {
  return `<query xmlns="${ns.discoItems}">${items.map(({ jid, name }) => `<item${attribute("jid", jid)}${attribute("name", name)}/>`).join("")}</query>`;
}

/** §3.2: nodes are for those who have them. */
export function refuseNode({ payload }: Pick<IqRequest, "payload">): void {
  if ((payload.attrs["node"] ?? "") !== "") throw new StanzaError("item-not-found", "no such node");
}

function serverInfo(session: XmppSession, { payload }: IqRequest): string {
  const { server } = session;
  const command = commandInfo(session, payload.attrs["node"] ?? "");
  if (command !== undefined) return command;
  checkServerNode(server, payload.attrs["node"]);
  return infoOf(serverIdentities, serverFeatures(server), serverForms(server).map(printForm).join(""), payload);
}

function serverItems(session: XmppSession, iq: IqRequest): string {
  if (iq.payload.attrs["node"] === ns.commands) return commandItems(session);
  refuseNode(iq);
  const { server } = session;
  return itemsOf(server.dispatch.services.map((service) => ({ jid: service.domain(server), name: service.name })));
}

async function accountInfo(session: XmppSession, iq: IqRequest): Promise<string> {
  await checkSight(session, iq);
  refuseNode(iq);
  return infoOf([{ category: "account", type: "registered" }], serverFeatures(session.server));
}

async function accountItems(session: XmppSession, iq: IqRequest): Promise<string> {
  await checkSight(session, iq);
  refuseNode(iq);
  return itemsOf([]);
}

/** §8: an account shows itself to those who may see its presence; to others it is as if it were not there. */
async function checkSight(session: XmppSession, { to }: IqRequest): Promise<void> {
  if (to === undefined || to.bare === session.user) return;
  const user = to.bare as typeof session.user;
  if (!(await session.server.core.presence.maySee(session.user, user)))
    throw new StanzaError("service-unavailable", "not for strangers");
}
