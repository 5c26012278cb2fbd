// XEP-0030: what is here, and what it can do.
import { printForm } from "../data-form.ts";
import { type DiscoItem, infoOf, itemsOf, refuseNode } from "../disco-answers.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { serverFeatures, serverForms, serverIdentities } from "../server-info.ts";
import type { XmppServer } from "../server.ts";
import type { XmppSession } from "../session.ts";
import { commandInfo, commandItems } from "./xep-0050-commands.ts";
import { nodeInfo, nodeItems, nodesOf, pepFeatures } from "./xep-0060-disco.ts";
import { checkServerNode } from "./xep-0115-capabilities.ts";

export const disco: Feature = {
  spec: { id: "XEP-0030", title: "Service Discovery", version: "2.5rc3", status: "complete" },
  disco: [ns.discoInfo, ns.discoItems],
  iq: [
    { type: "get", name: "query", xmlns: ns.discoInfo, to: ["server"], answer: serverInfo, stranger: strangerInfo },
    { type: "get", name: "query", xmlns: ns.discoItems, to: ["server"], answer: serverItems, stranger: strangerItems },
    { type: "get", name: "query", xmlns: ns.discoInfo, to: ["own", "account"], answer: accountInfo },
    { type: "get", name: "query", xmlns: ns.discoItems, to: ["own", "account"], answer: accountItems },
  ],
};

function serverInfo(session: XmppSession, iq: IqRequest): string {
  const { server } = session;
  const command = commandInfo(session, iq.payload.attrs["node"] ?? "");
  if (command !== undefined) return command;
  return strangerInfo(server, iq);
}

function serverItems(session: XmppSession, iq: IqRequest): string {
  if (iq.payload.attrs["node"] === ns.commands) return commandItems(session);
  refuseNode(iq);
  const { server } = session;
  return itemsOf(servicesOf(server));
}

/** The host's services, and the components that are connected. */
function servicesOf(server: XmppServer): readonly DiscoItem[] {
  const own = server.dispatch.services.map((service) => ({ jid: service.domain(server), name: service.name }));
  return [...own, ...server.components.present.map(({ domain, name }) => ({ jid: domain, name }))];
}

function strangerInfo(server: XmppServer, { payload }: IqRequest): string {
  checkServerNode(server, payload.attrs["node"]);
  return infoOf(serverIdentities, serverFeatures(server), serverForms(server).map(printForm).join(""), payload);
}

function strangerItems(server: XmppServer, iq: IqRequest): string {
  refuseNode(iq);
  return itemsOf(servicesOf(server));
}

async function accountInfo(session: XmppSession, iq: IqRequest): Promise<string> {
  const owner = iq.to?.bare ?? session.user;
  if ((iq.payload.attrs["node"] ?? "") !== "") return nodeInfo(session, owner, iq.payload);
  await checkSight(session, iq);
  const features = [...serverFeatures(session.server), ...pepFeatures];
  return infoOf(
    [
      { category: "account", type: "registered" },
      { category: "pubsub", type: "pep" },
    ],
    features,
  );
}

async function accountItems(session: XmppSession, iq: IqRequest): Promise<string> {
  const owner = iq.to?.bare ?? session.user;
  if ((iq.payload.attrs["node"] ?? "") !== "") return nodeItems(session, owner, iq.payload);
  await checkSight(session, iq);
  return nodesOf(session, owner);
}

/** §8: an account shows itself to those who may see its presence; to others it is as if it were not there. */
async function checkSight(session: XmppSession, { to }: IqRequest): Promise<void> {
  if (to === undefined || to.bare === session.user) return;
  const user = to.bare as typeof session.user;
  if (!(await session.server.core.presence.maySee(session.user, user)))
    throw new StanzaError("service-unavailable", "not for strangers");
}
