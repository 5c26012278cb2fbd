// XEP-0030: what is here, and what it can do.
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import type { XmppSession } from "../session.ts";

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

export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly name?: string | undefined;
}

/** A disco#info result; `extra` is XML that comes after the features (XEP-0128). */
export function infoOf(identities: readonly Identity[], features: readonly string[], extra = ""): string {
  const who = identities
    .map(({ category, type, name }) => `<identity category="${category}" type="${type}"${attribute("name", name)}/>`)
    .join("");
  return `<query xmlns="${ns.discoInfo}">${who}${features.map((feature) => `<feature var="${feature}"/>`).join("")}${extra}</query>`;
}

export function itemsOf(items: readonly { readonly jid: string; readonly name?: string | undefined }[]): string {
  return `<query xmlns="${ns.discoItems}">${items.map(({ jid, name }) => `<item${attribute("jid", jid)}${attribute("name", name)}/>`).join("")}</query>`;
}

/** §3.2: nodes are for those who have them. */
export function refuseNode({ payload }: Pick<IqRequest, "payload">): void {
  if ((payload.attrs["node"] ?? "") !== "") throw new StanzaError("item-not-found", "no such node");
}

function serverInfo(session: XmppSession, iq: IqRequest): string {
  refuseNode(iq);
  return infoOf([{ category: "server", type: "im", name: "Trivium" }], featuresOf(session));
}

function serverItems(session: XmppSession, iq: IqRequest): string {
  refuseNode(iq);
  const { server } = session;
  return itemsOf(server.dispatch.services.map((service) => ({ jid: service.domain(server), name: service.name })));
}

async function accountInfo(session: XmppSession, iq: IqRequest): Promise<string> {
  await checkSight(session, iq);
  refuseNode(iq);
  return infoOf([{ category: "account", type: "registered" }], featuresOf(session));
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

function featuresOf(session: XmppSession): readonly string[] {
  return [...new Set(session.server.dispatch.features.flatMap((feature) => feature.disco ?? []))];
}
