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
import { nodeInfo, nodeItems, nodesOf } from "./xep-0060-disco.ts";
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
  if (iq.payload.attrs["node"] === ns.commands) return commandItems(session, session.server.host);
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
  return infoOf(
    serverIdentities,
    serverFeatures(server),
    serverForms(server)
      .map((form) => printForm(form))
      .join(""),
    payload,
  );
}

function strangerItems(server: XmppServer, iq: IqRequest): string {
  refuseNode(iq);
  return itemsOf(servicesOf(server));
}

async function accountInfo(session: XmppSession, iq: IqRequest): Promise<string> {
  const owner = iq.to?.bare ?? session.user;
  const node = iq.payload.attrs["node"] ?? "";
  const command = owner === session.user ? commandInfo(session, node) : undefined;
  if (command !== undefined) return command;
  if (node !== "") return hidden(session, iq, nodeInfo(session, owner, iq.payload));
  if (!(await sees(session, iq))) throw unseen();
  const features = serverFeatures(session.server);
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
  const node = iq.payload.attrs["node"] ?? "";
  if (node === ns.commands && owner === session.user) return commandItems(session, owner);
  if (node !== "")
    return nodeItems(session, owner, iq.payload).catch(async (error: unknown) => {
      if (await sees(session, iq)) throw error;
      return itemsOf([], iq.payload);
    });
  // §8: an empty result set, for strangers as for accounts that are none.
  return (await sees(session, iq)) ? nodesOf(session, owner) : itemsOf([]);
}

/** §8: what a stranger may not know there is, is as an account that is none. */
async function hidden(session: XmppSession, iq: IqRequest, answer: Promise<string>): Promise<string> {
  try {
    return await answer;
  } catch (error) {
    throw (await sees(session, iq)) ? error : unseen();
  }
}

function unseen(): StanzaError {
  return new StanzaError("service-unavailable", "not for strangers");
}

/** §8: an account shows itself to those who may see its presence. */
async function sees(session: XmppSession, { to }: IqRequest): Promise<boolean> {
  if (to === undefined || to.bare === session.user) return true;
  return session.server.core.presence.maySee(session.user, to.bare as typeof session.user);
}
