// XEP-0060 §8.1: nodes made, with or without a config of one's own.
import { randomUUID } from "node:crypto";
import { defaultNodeOf, type NodeConfig } from "#core";
import { formIn } from "../data-form.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { pubsubError } from "../pubsub-faults.ts";
import { nodeConfigForm, readConfig } from "../pubsub-form.ts";
import { pubsub, type PubsubRequest } from "../pubsub-request.ts";

export async function create(request: PubsubRequest): Promise<string | undefined> {
  const { session, owner, asked } = request;
  const name = asked.attrs["node"] || randomUUID(); // §8.1.2: an instant node
  const config = { ...defaultNodeOf(request.owner), ...configIn(request) };
  await session.server.core.nodes.create({ owner, name }, session.user, config);
  // §8.1.1: the name is said where the service chose it, and MUST NOT be elsewhere.
  return name === asked.attrs["node"] ? undefined : pubsub(`<create${attribute("node", name)}/>`);
}

/** §8.1.3. */
function configIn({ payload }: PubsubRequest): Partial<NodeConfig> {
  const configure = payload.getChild("configure", ns.pubsub);
  if (configure === undefined) return {};
  if (configure.attrs["node"] !== undefined) throw pubsubError("bad-request", "the node is said once"); // §8.1.3
  const form = formIn(configure);
  if (form === undefined) {
    if (configure.getChild("x", ns.dataForms) !== undefined) throw pubsubError("bad-request", "a malformed form");
    return {};
  }
  const { config, unknown } = readConfig(form, nodeConfigForm);
  // §8.1.3: what the service does not have it does not take for agreed on.
  if (unknown.some((field) => field === "pubsub#collection" || (field === "pubsub#node_type" && isCollection(form))))
    throw pubsubError("feature-not-implemented", "no collections");
  return config;
}

function isCollection(form: NonNullable<ReturnType<typeof formIn>>): boolean {
  return form.fields.some((field) => field.var === "pubsub#node_type" && field.values[0] === "collection");
}
