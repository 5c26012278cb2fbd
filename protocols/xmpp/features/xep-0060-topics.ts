// Plain topics as nodes of the service: those names with a "/" that nobody has created (docs/decisions/0061-nodes-and-topics.md).
import { type Delivery, Fault, isFilter, isTopic, type Publication } from "#core";
import { parseJid } from "../addressing.ts";
import { StanzaError } from "../faults.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { pubsubError } from "../pubsub-faults.ts";
import {
  placeOf,
  pubsub,
  type PubsubHandler,
  type PubsubRequest,
  serviceDomain,
  subscriberOf,
} from "../pubsub-request.ts";
import type { XmppServer } from "../server.ts";
import type { XmppSession } from "../session.ts";
import { printPayload, readPayload } from "../topic-payload.ts";
import { messageOf } from "./xep-0060-events.ts";
import { printItem } from "./xep-0060-items.ts";
import { printSubscription } from "./xep-0060-subscribe.ts";
import { delayed } from "./xep-0203-delay.ts";

/** The only item: the topic's retained message. */
const current = "current";

const handlers: ReadonlyMap<string, PubsubHandler> = new Map<string, PubsubHandler>([
  ["publish", publish],
  ["retract", retract],
  ["subscribe", subscribe],
  ["unsubscribe", unsubscribe],
  ["items", items],
]);

/** Who answers about the topic; undefined when the node is none. */
export async function topicHandler({ session, owner, asked }: PubsubRequest): Promise<PubsubHandler | undefined> {
  const name = asked.attrs["node"] ?? "";
  const handler = asked.getNS() === ns.pubsub ? handlers.get(asked.getName()) : undefined;
  if (handler === undefined || owner.includes("@") || !isTopicNode(session.server, name)) return undefined;
  return (await session.server.core.nodes.find({ owner, name })) === undefined ? handler : undefined;
}

export function isTopicNode(server: XmppServer, name: string): boolean {
  // `$SYS` is the server's word on itself, and what stands under the prefix are conversations.
  const reserved = name.startsWith("$") || name.startsWith(`${server.settings.chatPrefix}/`);
  return name.includes("/") && !reserved && isFilter(name);
}

async function publish(request: PubsubRequest): Promise<string> {
  const { asked, session } = request;
  const [item, ...more] = asked.getChildren("item", ns.pubsub);
  if (item === undefined) throw pubsubError("bad-request", "no item", "item-required");
  if (more.length > 0) throw pubsubError("not-allowed", "a topic has one item", "max-items-exceeded");
  const payload = readPayload(item);
  if (payload === undefined || payload.length === 0)
    throw pubsubError("bad-request", "no payload, or a malformed one", "payload-required");
  await say(session, topicOf(request), payload);
  return pubsub(`<publish${attribute("node", topicOf(request))}><item id="${current}"/></publish>`);
}

/** An empty payload removes the retained message [MQTT-3.3.1-6]. */
async function retract(request: PubsubRequest): Promise<undefined> {
  const topic = topicOf(request);
  lastOf(request.session, topic);
  await say(request.session, topic, Buffer.alloc(0));
}

/** For as long as the session lasts. */
async function subscribe(request: PubsubRequest): Promise<string> {
  const { session } = request;
  const filter = placeOf(request).name;
  const address = subscriberOf(request);
  const { resource } = parseJid(address)!;
  if (resource !== "" && resource !== session.resource)
    throw pubsubError("bad-request", "another resource", "invalid-jid");
  const { topics } = session.server.core;
  // At QoS 0: who reads too slowly misses some, and is not ended for it.
  await topics.subscribe(session.core, { filter, qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 });
  return pubsub(printSubscription(filter, { address, state: "subscribed" }));
}

async function unsubscribe(request: PubsubRequest): Promise<string> {
  const filter = placeOf(request).name;
  const address = subscriberOf(request);
  if (!(await request.session.server.core.topics.unsubscribe(request.session.core, filter)))
    throw pubsubError("unexpected-request", "not subscribed", "not-subscribed", "cancel");
  return pubsub(printSubscription(filter, { address, state: "none" }));
}

function items(request: PubsubRequest): string {
  const topic = topicOf(request);
  const last = lastOf(request.session, topic);
  return pubsub(`<items${attribute("node", topic)}>${printLast(last)}</items>`);
}

/** The news of a topic, to a session that subscribed. */
export function deliverPublication(session: XmppSession, { event, terms }: Delivery): void {
  const publication = event as Publication;
  const owner = serviceDomain(session.server);
  const { topic, payload, at } = publication;
  const item = payload.length === 0 ? `<retract id="${current}"/>` : printLast(publication);
  const delay = terms?.retain === true ? delayed(undefined, at) : "";
  const inner = `<event xmlns="${ns.pubsubEvent}"><items${attribute("node", topic)}>${item}</items></event>${delay}`;
  session.send(messageOf({ owner, notificationType: "headline" }, session.jid, inner));
}

function printLast({ payload }: Publication): string {
  return printItem({ id: current, payload: printPayload(payload) });
}

function topicOf(request: PubsubRequest): string {
  const { name } = placeOf(request);
  if (!isTopic(name)) throw new StanzaError("not-acceptable", "a filter is only subscribed to");
  return name;
}

/** Whoever may not read it is told so, or else that there is nothing. */
function lastOf(session: XmppSession, topic: string): Publication {
  const { topics } = session.server.core;
  if (!topics.mayReadAll(session.user, session.device, topic)) throw new Fault("forbidden", "the access rules");
  const last = topics.last(topic);
  if (last === undefined) throw new StanzaError("item-not-found", "nothing retained");
  return last;
}

/** Resolves when it is stored (P1). */
function say({ user, device, server }: XmppSession, topic: string, payload: Uint8Array): Promise<void> {
  const { topics, clock, host } = server.core;
  const at = clock.now();
  return new Promise((resolve, reject) => {
    const published = (_: number, outcome: Fault | number): void =>
      outcome instanceof Fault ? reject(outcome) : resolve();
    topics.publish(
      { type: "publication", host, topic, payload, qos: 1, retain: true, author: user, device, at },
      undefined,
      { published },
      0,
    );
  });
}
