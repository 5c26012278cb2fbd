// XEP-0060 §5.6, §5.7, §6: an entity's own subscriptions, their options, and its affiliations.
import type { NodeMember, NodeSubscription } from "#core";
import { aboutForm, type DataForm, formIn, isAbout, printForm, truthOf, valueIn } from "../data-form.ts";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { pubsubError } from "../pubsub-faults.ts";
import { placeOf, pubsub, type PubsubRequest, subscriberOf } from "../pubsub-request.ts";

const optionsForm = `${ns.pubsub}#subscribe_options`;

/** §6.1, with options in the same request (§6.3.7). */
export async function subscribe(request: PubsubRequest): Promise<string> {
  const { session, payload } = request;
  const place = placeOf(request);
  const address = subscriberOf(request);
  const options = payload.getChild("options", ns.pubsub);
  const deliver = options === undefined ? undefined : deliverIn(options);
  // §6.3.7
  if (options?.attrs["node"] !== undefined || options?.attrs["jid"] !== undefined)
    throw pubsubError("bad-request", "what is subscribed is said once");
  const { nodes } = session.server.core;
  const made = await nodes.subscribe(place, session.user, address);
  if (deliver !== undefined) await nodes.options(place, session.user, address, deliver);
  const agreed = deliver === undefined ? "" : `<options>${printForm(formOf(deliver, "result"))}</options>`;
  return pubsub(printSubscription(place.name, made) + agreed);
}

/** §6.2. */
export async function unsubscribe(request: PubsubRequest): Promise<string> {
  const { session, asked } = request;
  const place = placeOf(request);
  const address = owned(request);
  await session.server.core.nodes.unsubscribe(place, session.user, address, asked.attrs["subid"]);
  return pubsub(printSubscription(place.name, { address, state: "none" }));
}

/** §6.3. */
export async function getOptions(request: PubsubRequest): Promise<string> {
  const { session, asked } = request;
  const place = placeOf(request);
  const address = owned(request);
  const subscription = await session.server.core.nodes.options(place, session.user, address);
  checkId(asked, subscription);
  const about = `${attribute("node", place.name)}${attribute("jid", address)}`;
  return pubsub(`<options${about}>${printForm(formOf(subscription.deliver, "form"))}</options>`);
}

export async function setOptions(request: PubsubRequest): Promise<undefined> {
  const { session, asked } = request;
  const place = placeOf(request);
  const address = owned(request);
  const { nodes } = session.server.core;
  checkId(asked, await nodes.options(place, session.user, address));
  await nodes.options(place, session.user, address, deliverIn(asked));
}

/** §6.4. */
export function defaultOptions({ asked }: PubsubRequest): string {
  return pubsub(`<default${attribute("node", asked.attrs["node"])}>${printForm(formOf(true, "result"))}</default>`);
}

/** §5.6. */
export async function subscriptions(request: PubsubRequest): Promise<string> {
  const { asked } = request;
  const lines = (await mine(request)).flatMap(({ node, subscription }) =>
    subscription === undefined ? [] : printSubscription(node, subscription),
  );
  return pubsub(`<subscriptions${attribute("node", asked.attrs["node"])}>${lines.join("")}</subscriptions>`);
}

/** §5.7. */
export async function affiliations(request: PubsubRequest): Promise<string> {
  const { asked } = request;
  const lines = (await mine(request)).flatMap(({ node, affiliation }) =>
    affiliation === "none" ? [] : `<affiliation${attribute("node", node)} affiliation="${affiliation}"/>`,
  );
  return pubsub(`<affiliations${attribute("node", asked.attrs["node"])}>${lines.join("")}</affiliations>`);
}

/** Without an id: there is one for each address, and whoever is told of one MUST say it (§6.2.3.4). */
export function printSubscription(
  node: string | undefined,
  { address, state }: Pick<NodeSubscription, "address"> & { readonly state: NodeSubscription["state"] | "none" },
): string {
  return `<subscription${attribute("node", node)}${attribute("jid", address)} subscription="${state}"/>`;
}

async function mine({ session, owner, asked }: PubsubRequest): Promise<readonly NodeMember[]> {
  const name = asked.attrs["node"] ?? "";
  const { nodes } = session.server.core;
  if (name !== "" && (await nodes.find({ owner, name })) === undefined)
    throw new StanzaError("item-not-found", "no such node");
  const all = await nodes.memberships(owner, session.user);
  return name === "" ? all : all.filter(({ node }) => node === name);
}

/** §6.2.3.3, §6.3.4.1: nobody else's. */
function owned(request: PubsubRequest): string {
  try {
    return subscriberOf(request);
  } catch (error) {
    const given = request.asked.attrs["jid"] ?? "";
    if (given === "") throw pubsubError("bad-request", "whose subscription", "jid-required");
    throw error instanceof StanzaError ? new StanzaError("forbidden", "another's subscription") : error;
  }
}

function checkId(asked: Element, { id }: NodeSubscription): void {
  if (asked.attrs["subid"] !== undefined && asked.attrs["subid"] !== id)
    throw pubsubError("not-acceptable", "no such subscription", "invalid-subid");
}

function formOf(deliver: boolean, type: "form" | "result"): DataForm {
  const said = { var: "pubsub#deliver", type: "boolean", label: "Whether to deliver", values: [deliver ? "1" : "0"] } as const; // prettier-ignore
  return { type, fields: [aboutForm(optionsForm), said] };
}

/** §6.3.5: whether to deliver. What else is asked for there is not. */
function deliverIn(options: Element): boolean | undefined {
  const form = formIn(options);
  if (form === undefined || !isAbout(form, optionsForm)) throw pubsubError("bad-request", "no such options", "invalid-options"); // prettier-ignore
  const value = valueIn(form, "pubsub#deliver");
  const deliver = truthOf(value);
  if (value !== undefined && deliver === undefined)
    throw pubsubError("bad-request", "neither yes nor no", "invalid-options"); // §6.3.5.4
  return deliver;
}
