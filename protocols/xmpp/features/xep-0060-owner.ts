// XEP-0060 §8: what a node's owners do.
import { defaultNodeOf, type NodeAffiliation, nodeAffiliations, type SubscriptionChange, type UserId } from "#core";
import { parseJid } from "../addressing.ts";
import { formIn, printForm } from "../data-form.ts";
import { StanzaError } from "../faults.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { pubsubError } from "../pubsub-faults.ts";
import { configForm, nodeConfigForm, readConfig } from "../pubsub-form.ts";
import { accountAt, placeOf, pubsub, type PubsubRequest } from "../pubsub-request.ts";
import { printSubscription } from "./xep-0060-subscribe.ts";

const owner = (inner: string): string => pubsub(inner, ns.pubsubOwner);

/** §8.2.1: the config is the owner's to see. */
export async function getConfig(request: PubsubRequest): Promise<string> {
  const { session } = request;
  const place = placeOf(request);
  const { nodes } = session.server.core;
  await nodes.members(place, session.user);
  const node = await nodes.find(place);
  if (node === undefined) throw pubsubError("item-not-found", "deleted meanwhile");
  return owner(`<configure${attribute("node", place.name)}>${printForm(configForm(node.config, "form"))}</configure>`);
}

export async function setConfig(request: PubsubRequest): Promise<undefined> {
  const { session, asked } = request;
  const place = placeOf(request);
  const form = formIn(asked);
  if (form === undefined) throw pubsubError("bad-request", "no form");
  const { nodes } = session.server.core;
  await nodes.members(place, session.user); // who may not is told so first
  if (form.type === "cancel") return; // §8.2.5.2
  await nodes.configure(place, session.user, readConfig(form, nodeConfigForm).config);
}

/** §8.3. */
export function defaultConfig(request: PubsubRequest): string {
  return owner(`<default>${printForm(configForm(defaultNodeOf(request.owner), "form"))}</default>`);
}

/** §8.4. */
export async function remove(request: PubsubRequest): Promise<undefined> {
  const { session, asked } = request;
  const redirect = asked.getChild("redirect", ns.pubsubOwner)?.attrs["uri"];
  await session.server.core.nodes.remove(placeOf(request), session.user, redirect);
}

/** §8.5. */
export async function purge(request: PubsubRequest): Promise<undefined> {
  await request.session.server.core.nodes.purge(placeOf(request), request.session.user);
}

/** §8.8.1. */
export async function getSubscriptions(request: PubsubRequest): Promise<string> {
  const place = placeOf(request);
  const members = await request.session.server.core.nodes.members(place, request.session.user);
  const lines = members.flatMap(({ subscription }) =>
    subscription === undefined ? [] : printSubscription(undefined, subscription),
  );
  return owner(`<subscriptions${attribute("node", place.name)}>${lines.join("")}</subscriptions>`);
}

/** §8.8.2. */
export async function setSubscriptions(request: PubsubRequest): Promise<undefined> {
  const { session, asked } = request;
  const place = placeOf(request);
  const changes = asked.getChildren("subscription", ns.pubsubOwner).map((line): SubscriptionChange => {
    const account = accountAt(request, line.attrs["jid"]);
    const state = line.attrs["subscription"];
    if (account === undefined) throw new StanzaError("not-acceptable", "no account here");
    if (state !== "none" && state !== "pending" && state !== "subscribed")
      throw new StanzaError("not-acceptable", "no such state");
    const { resource } = parseJid(line.attrs["jid"]!)!;
    const address = resource === "" ? account : `${account}/${resource}`;
    return { address, account, state: state === "none" ? undefined : state };
  });
  if (changes.length === 0) throw new StanzaError("bad-request", "no change");
  await session.server.core.nodes.govern(place, session.user, changes);
}

/** §8.9.1. */
export async function getAffiliations(request: PubsubRequest): Promise<string> {
  const place = placeOf(request);
  const members = await request.session.server.core.nodes.members(place, request.session.user);
  const lines = members.flatMap(({ account, affiliation }) =>
    affiliation === "none" ? [] : `<affiliation${attribute("jid", account)} affiliation="${affiliation}"/>`,
  );
  return owner(`<affiliations${attribute("node", place.name)}>${lines.join("")}</affiliations>`);
}

/** §8.9.2. */
export async function setAffiliations(request: PubsubRequest): Promise<undefined> {
  const { session, asked } = request;
  const place = placeOf(request);
  const changes = asked.getChildren("affiliation", ns.pubsubOwner).map((line): readonly [UserId, NodeAffiliation] => {
    const account = accountAt(request, line.attrs["jid"]);
    const affiliation = nodeAffiliations.find((each) => each === line.attrs["affiliation"]);
    if (account === undefined || affiliation === undefined)
      throw new StanzaError("not-acceptable", "no such account, or no such affiliation");
    return [account, affiliation];
  });
  if (changes.length === 0) throw new StanzaError("bad-request", "no change");
  await session.server.core.nodes.affiliate(place, session.user, changes);
}
