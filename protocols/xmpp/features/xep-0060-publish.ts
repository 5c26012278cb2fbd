// XEP-0060 §7: items published and taken back.
import { randomUUID } from "node:crypto";
import { defaultNodeOf, type NodeConfig, type PublishOptions } from "#core";
import { formIn, truthOf } from "../data-form.ts";
import type { Element } from "../element.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { pubsubError, unsupported } from "../pubsub-faults.ts";
import { publishOptionsForm, readConfig } from "../pubsub-form.ts";
import { payloadOf, placeOf, pubsub, type PubsubRequest } from "../pubsub-request.ts";
import { published } from "./xep-0060-conversions.ts";

/** Items in one request. */
const mostAtOnce = 100;

export async function publish(request: PubsubRequest): Promise<string> {
  const { session, owner, asked, payload } = request;
  const { nodes } = session.server.core;
  const place = placeOf(request);
  const own = owner === session.user;
  const wanted = optionsIn(payload);
  const before = await nodes.find(place);
  // §7.1.4, XEP-0163 §3: an account's node is made by what is published to it, as the options say.
  const make = own ? { ...defaultNodeOf(request.owner), ...wanted } : undefined;
  const config = before?.config ?? make ?? defaultNodeOf(request.owner);
  const items = itemsIn(asked, before === undefined && make === undefined ? undefined : config);
  const options: PublishOptions = { make, conditions: wanted };
  await nodes.publish(place, session.user, items, options);
  await published(session, place, items);
  const ids = items.map(({ id }) => `<item${attribute("id", id)}/>`).join("");
  return pubsub(`<publish${attribute("node", place.name)}>${ids}</publish>`);
}

export async function retract(request: PubsubRequest): Promise<undefined> {
  const { session, asked } = request;
  const place = placeOf(request);
  const [item, ...more] = asked.getChildren("item", ns.pubsub);
  const id = item?.attrs["id"] ?? "";
  if (id === "") throw pubsubError("bad-request", "no item", "item-required"); // §7.2.3.4
  if (more.length > 0) throw unsupported("multi-items");
  const notify = truthOf(asked.attrs["notify"]) === true;
  await session.server.core.nodes.retract(place, session.user, id, notify);
}

function itemsIn(asked: Element, config: NodeConfig | undefined): { readonly id: string; readonly payload: string }[] {
  const items = asked.getChildren("item", ns.pubsub);
  if (items.length > mostAtOnce) throw pubsubError("not-allowed", "too many items", "max-items-exceeded");
  const wantsItems = config === undefined || config.persistItems || config.deliverPayloads;
  if (config !== undefined && items.length === 0 && wantsItems) throw pubsubError("bad-request", "no item", "item-required"); // prettier-ignore
  if (!wantsItems && items.length > 0) throw pubsubError("bad-request", "only that it happened", "item-forbidden"); // §7.1.3.6
  return items.map((item) => {
    const payload = payloadOf(item);
    if (payload === undefined && config?.deliverPayloads === true)
      throw pubsubError("bad-request", "an item without a payload", "payload-required"); // §7.1.3.6
    return { id: item.attrs["id"] || randomUUID(), payload: payload ?? "" };
  });
}

/** §7.1.5: what the node must be like. A condition nobody knows is not met. */
function optionsIn(payload: Element): Partial<NodeConfig> | undefined {
  const options = payload.getChild("publish-options", ns.pubsub);
  const form = options === undefined ? undefined : formIn(options);
  if (options === undefined) return undefined;
  if (form === undefined) throw pubsubError("bad-request", "options without a form");
  const { config, unknown } = readConfig(form, publishOptionsForm);
  if (unknown.length > 0) throw pubsubError("conflict", "an unknown condition", "precondition-not-met");
  return config;
}
