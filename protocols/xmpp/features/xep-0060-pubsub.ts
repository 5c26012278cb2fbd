// XEP-0060: publish and subscribe, at a service of the host's own and (XEP-0163) at every account.
import { formIn, isAbout, truthOf, valueIn } from "../data-form.ts";
import type { Jid } from "../addressing.ts";
import { childrenOf, type Element, firstChildOf } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest, Service } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { inPubsubWords, pubsubError } from "../pubsub-faults.ts";
import { accountAt, type PubsubHandler, serviceDomain } from "../pubsub-request.ts";
import { serviceQuestion } from "../service-question.ts";
import type { XmppSession } from "../session.ts";
import { infoOf } from "../disco-answers.ts";
import { create } from "./xep-0060-create.ts";
import { nodeInfo, nodeItems, nodesOf, serviceFeatures } from "./xep-0060-disco.ts";
import { authorizationForm, deliverNode } from "./xep-0060-events.ts";
import { items } from "./xep-0060-items.ts";
import * as owner from "./xep-0060-owner.ts";
import { publish, retract } from "./xep-0060-publish.ts";
import * as subscriber from "./xep-0060-subscribe.ts";
import { deliverPublication, topicHandler } from "./xep-0060-topics.ts";

/** What may be asked, by type, namespace and element. */
const handlers: ReadonlyMap<string, PubsubHandler> = new Map<string, PubsubHandler>([
  [`set ${ns.pubsub} create`, create],
  [`set ${ns.pubsub} publish`, publish],
  [`set ${ns.pubsub} retract`, retract],
  [`set ${ns.pubsub} subscribe`, subscriber.subscribe],
  [`set ${ns.pubsub} unsubscribe`, subscriber.unsubscribe],
  [`set ${ns.pubsub} options`, subscriber.setOptions],
  [`get ${ns.pubsub} options`, subscriber.getOptions],
  [`get ${ns.pubsub} default`, subscriber.defaultOptions],
  [`get ${ns.pubsub} subscriptions`, subscriber.subscriptions],
  [`get ${ns.pubsub} affiliations`, subscriber.affiliations],
  [`get ${ns.pubsub} items`, items],
  [`get ${ns.pubsubOwner} configure`, owner.getConfig],
  [`set ${ns.pubsubOwner} configure`, owner.setConfig],
  [`get ${ns.pubsubOwner} default`, owner.defaultConfig],
  [`set ${ns.pubsubOwner} delete`, owner.remove],
  [`set ${ns.pubsubOwner} purge`, owner.purge],
  [`get ${ns.pubsubOwner} subscriptions`, owner.getSubscriptions],
  [`set ${ns.pubsubOwner} subscriptions`, owner.setSubscriptions],
  [`get ${ns.pubsubOwner} affiliations`, owner.getAffiliations],
  [`set ${ns.pubsubOwner} affiliations`, owner.setAffiliations],
]);

const service: Service = {
  domain: serviceDomain,
  name: "Nodes",
  message: (session, stanza) => {
    if (stanza.attrs["type"] === "error") return;
    const form = formIn(stanza);
    if (form === undefined || !isAbout(form, authorizationForm))
      throw new StanzaError("service-unavailable", "nobody reads messages to the service");
    return authorize(session, serviceDomain(session.server), stanza);
  },
  presence: () => undefined,
  iq,
};

const questions = [
  { name: "pubsub", xmlns: ns.pubsub, to: ["own", "account"] },
  { name: "pubsub", xmlns: ns.pubsubOwner, to: ["own", "account"] },
] as const;

export const publishSubscribe: Feature = {
  spec: { id: "XEP-0060", title: "Publish-Subscribe", version: "1.26.0", status: "partial", note: "no collections" },
  service,
  deliver: { node: deliverNode, publication: deliverPublication },
  iq: questions.flatMap((question) =>
    (["get", "set"] as const).map((type) => ({
      ...question,
      type,
      answer: (session: XmppSession, { payload, to }: IqRequest) =>
        answerPubsub(session, to?.bare ?? session.user, type, payload),
    })),
  ),
  payloads: [
    {
      xmlns: ns.dataForms,
      heard: (session, part, to) => {
        const stanza = part.parent;
        const form = stanza === null ? undefined : formIn(stanza);
        const answers = form !== undefined && valueIn(form, "FORM_TYPE") === authorizationForm;
        if (!answers || to.bare !== session.user || to.resource !== "") return false;
        authorize(session, session.user, stanza!).catch(() => undefined); // nobody waits for an answer
        return true;
      },
    },
  ],
};

export function answerPubsub(
  session: XmppSession,
  whose: string,
  type: string,
  payload: Element,
): Promise<string | undefined> {
  const asked = childrenOf(payload).find((child) => handlers.has(`${type} ${child.getNS()} ${child.getName()}`));
  const handler = asked && handlers.get(`${type} ${asked.getNS()} ${asked.getName()}`);
  if (asked === undefined || handler === undefined)
    throw firstChildOf(payload) === undefined
      ? new StanzaError("bad-request", "nothing is asked")
      : new StanzaError("feature-not-implemented", "no such question");
  const request = { session, owner: whose, payload, asked };
  return inPubsubWords(async () => ((await topicHandler(request)) ?? handler)(request));
}

function iq(session: XmppSession, stanza: Element, to: Jid): void | Promise<void> {
  const question = serviceQuestion(stanza, to);
  if (question === undefined) return;
  const { type, payload } = question;
  const whose = serviceDomain(session.server);
  const node = payload.attrs["node"] ?? "";
  switch (question.asked) {
    case `get ${ns.discoInfo} query`:
      return session.answer(stanza, node === "" ? info(payload) : nodeInfo(session, whose, payload));
    case `get ${ns.discoItems} query`:
      return session.answer(stanza, node === "" ? nodesOf(session, whose) : nodeItems(session, whose, payload));
    case `get ${ns.ping} ping`:
      return session.answer(stanza, undefined);
  }
  if (payload.is("pubsub", ns.pubsub) || payload.is("pubsub", ns.pubsubOwner))
    return session.answer(stanza, answerPubsub(session, whose, type, payload));
  throw new StanzaError("service-unavailable", "no such question");
}

function info(payload: Element): string {
  const features = [ns.discoInfo, ns.discoItems, ns.ping, ...serviceFeatures];
  return infoOf([{ category: "pubsub", type: "service", name: "Nodes" }], features, "", payload);
}

/** §8.6: an owner's answer. */
function authorize(session: XmppSession, whose: string, stanza: Element): Promise<void> {
  return inPubsubWords(async () => {
    const form = formIn(stanza)!;
    const asked = stanza;
    const name = valueIn(form, "pubsub#node") ?? "";
    const address = valueIn(form, "pubsub#subscriber_jid") ?? "";
    const account = accountAt({ session, owner: whose, payload: stanza, asked }, address);
    if (account === undefined) throw pubsubError("bad-request", "nobody here", "invalid-jid");
    const state = truthOf(valueIn(form, "pubsub#allow")) === true ? "subscribed" : undefined;
    const place = { owner: whose, name };
    const members = await session.server.core.nodes.members(place, session.user);
    if (members.some((each) => each.address === address && each.subscription?.state === "pending"))
      await session.server.core.nodes.govern(place, session.user, [{ address, account, state }]);
  });
}
