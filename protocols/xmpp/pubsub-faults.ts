// Refusals about nodes in XEP-0060's words: the condition and type of its tables, with the detail of `pubsub#errors`.
import { NodeRefusal, type NodeRefusalReason } from "#core";
import { detailOf, StanzaError, type StanzaCondition } from "./faults.ts";
import { ns } from "./namespaces.ts";

type Line = readonly [condition: StanzaCondition, detail?: string, type?: "auth" | "cancel" | "modify" | "wait"];

const lines = {
  "no-node": ["item-not-found"],
  "no-item": ["item-not-found"],
  taken: ["conflict"], // §8.1.3.2
  "not-allowed": ["forbidden"],
  outcast: ["forbidden"], // §6.1.3.8
  "needs-presence": ["not-authorized", "presence-subscription-required"], // §6.1.3.2
  "needs-group": ["not-authorized", "not-in-roster-group"], // §6.1.3.3
  "not-on-whitelist": ["not-allowed", "closed-node"], // §6.1.3.4
  "not-subscribed": ["not-authorized", "not-subscribed"], // §6.5.9.3
  "no-subscription": ["unexpected-request", "not-subscribed", "cancel"], // §6.2.3.2
  "wrong-subscription": ["not-acceptable", "invalid-subid"], // §6.2.3.5
  pending: ["not-authorized", "pending-subscription"], // §6.1.3.7
  "condition-not-met": ["conflict", "precondition-not-met"], // §7.1.5
  "too-many-nodes": ["resource-constraint"],
  "too-many-members": ["policy-violation", "too-many-subscriptions", "wait"], // §6.1.3.9
  "too-much-kept": ["resource-constraint"],
  "payload-too-big": ["not-acceptable", "payload-too-big"], // §7.1.3.4
  "name-too-long": ["not-acceptable"],
  "not-persistent": ["feature-not-implemented"],
  "no-owner-left": ["not-acceptable"], // §8.9.2.4
} as const satisfies Record<NodeRefusalReason, Line>;

/** Runs it, its refusals in XEP-0060's words. */
export async function inPubsubWords<T>(answer: () => T | Promise<T>): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof NodeRefusal)) throw error;
    if (error.why === "not-persistent") throw unsupported("persistent-items"); // §7.2.3.5, §8.5.3.3
    const [condition, detail, type]: Line = lines[error.why];
    throw pubsubError(condition, error.message, detail, type);
  }
}

export function pubsubError(
  condition: StanzaCondition,
  message: string,
  detail?: string,
  type?: "auth" | "cancel" | "modify" | "wait",
): StanzaError {
  return new StanzaError(condition, message, detail === undefined ? "" : detailOf(detail, ns.pubsubErrors), { type });
}

export function unsupported(feature: string): StanzaError {
  const detail = detailOf("unsupported", ns.pubsubErrors, { feature });
  return new StanzaError("feature-not-implemented", `no ${feature}`, detail);
}
