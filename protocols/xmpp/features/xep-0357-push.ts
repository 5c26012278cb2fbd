// XEP-0357: a client names the push services that are to hear when there is something for it while it is away.
import type { PushRegistration as Registration } from "#core";
import { addressOf, type Jid, parseJid, userOfJid } from "../addressing.ts";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { questionPrefix } from "../push-publish.ts";
import { publishOptionsForm } from "../pubsub-form.ts";
import type { XmppServer } from "../server.ts";
import type { XmppSession } from "../session.ts";

const longestNode = 1000;
const longestOptions = 4 << 10;

export const pushNotifications: Feature = {
  spec: {
    id: "XEP-0357",
    title: "Push Notifications",
    version: "0.2",
    status: "complete",
    note: "of direct messages; to components and to nodes of this server",
  },
  disco: [ns.push],
  iq: [
    { type: "set", name: "enable", xmlns: ns.push, to: ["own"], answer: enable },
    { type: "set", name: "disable", xmlns: ns.push, to: ["own"], answer: disable },
  ],
  begun: (session) => session.server.push.came(session),
  resumed: (session) => session.server.push.came(session),
  ended: (session) => session.server.push.left(session),
  answeredFrom: (server, stanza, { from, to }) => void answered(server, stanza, from, to),
  toldFrom: remotelyDisabled,
};

async function enable(session: XmppSession, { payload }: IqRequest): Promise<undefined> {
  const jid = serviceIn(payload);
  const node = payload.attrs["node"] ?? "";
  if (node.length > longestNode) throw new StanzaError("not-acceptable", "the node's name is too long");
  const options = optionsIn(payload);
  if (JSON.stringify(options).length > longestOptions) throw new StanzaError("not-acceptable", "too many options");
  await session.server.core.pushes.put(session.user, { jid, node, device: session.device, options });
  return undefined;
}

/** §5: with a node "only that combination of JID and node SHOULD be removed"; otherwise all of the service. */
async function disable(session: XmppSession, { payload }: IqRequest): Promise<undefined> {
  const jid = serviceIn(payload);
  const { node } = payload.attrs;
  const meant = (one: Registration): boolean => one.jid === jid && (node === undefined || one.node === node);
  await session.server.core.pushes.remove(session.user, meant);
  return undefined;
}

/** §4, §5: "which MUST contain a 'jid' attribute". */
function serviceIn(payload: Element): string {
  const jid = parseJid(payload.attrs["jid"] ?? "");
  if (payload.attrs["jid"] === undefined) throw new StanzaError("bad-request", "no service is named");
  if (jid === undefined) throw new StanzaError("jid-malformed", "the service's address");
  return jid.resource === "" ? jid.bare : `${jid.bare}/${jid.resource}`;
}

/** §4: a form, which in the specification's own examples has no type. */
function optionsIn(payload: Element): Registration["options"] {
  const fields = (payload.getChild("x", ns.dataForms)?.getChildren("field", ns.dataForms) ?? []).map(
    (field) =>
      [field.attrs["var"] ?? "", field.getChildren("value", ns.dataForms).map((value) => value.getText())] as const,
  );
  const about = fields.find(([name]) => name === "FORM_TYPE")?.[1][0];
  if (fields.length > 0 && about !== publishOptionsForm)
    throw new StanzaError("bad-request", "a form about something else");
  return fields.filter(([name]) => name !== "FORM_TYPE" && name !== "");
}

/** §6.1: "If a publish request is returned with an IQ-error, then the server SHOULD consider the … combination to be disabled." */
async function answered(server: XmppServer, stanza: Element, from: Jid, to: Jid): Promise<void> {
  const id = stanza.attrs["id"] ?? "";
  if (!id.startsWith(questionPrefix)) return;
  const user = userOfJid(to);
  const registrations = await server.core.pushes.of(user);
  const registration = registrations.find(({ key }) => id.startsWith(`${questionPrefix}${key}-`));
  if (registration === undefined || parseJid(registration.jid)?.bare !== addressOf(from)) return;
  const passing = stanza.getChild("error", ns.client)?.attrs["type"] === "wait";
  const outcome = stanza.attrs["type"] === "result" ? "sent" : passing ? "late" : "refused";
  await server.push.answered(user, registration, outcome);
}

/** §7: the service tells the account that it may not publish any more. */
function remotelyDisabled(server: XmppServer, stanza: Element, { from, to }: { from: Jid; to: Jid }): boolean {
  const told = stanza.getChild("pubsub", ns.pubsub);
  const line = told?.getChild("affiliation", ns.pubsub);
  const node = told?.attrs["node"];
  if (line?.attrs["affiliation"] !== "none" || line.attrs["jid"] !== to.bare || node === undefined) return false;
  const theirs = (one: Registration): boolean => parseJid(one.jid)?.bare === addressOf(from) && one.node === node;
  server.core.pushes
    .remove(userOfJid(to), theirs)
    .catch((error: unknown) =>
      server.core.log.warn({ what: "push_disable_failed", err: error }, "a push service could not be disabled"),
    );
  return true;
}
