// What a will may say, and how it is handed to the core, which keeps it and says it.
import { isWithin, refusals, type UserId, type Will as CoreWill } from "#core";
import { PacketFault } from "./faults.ts";
import type { Front } from "./front.ts";
import type { Will } from "./packet.ts";
import { reason } from "./reasons.ts";
import { contentOf } from "./translate.ts";

/** Refuses at CONNECT what could not be published later. */
export function checkWill(will: Will | undefined, { addressing, options }: Front): void {
  if (will === undefined) return;
  if (!isWithin(will.topic, { levels: options.topicLevels, bytes: options.topicBytes })) {
    refusals.topic.add();
    throw new PacketFault(reason.topicNameInvalid, "a topic with too many levels or bytes");
  }
  if (/[+#]/.test(will.topic)) throw new PacketFault(reason.topicNameInvalid, "wildcard in a topic name");
  if (will.topic.startsWith("$")) throw new PacketFault(reason.notAuthorized, "a will to a $ topic");
  if (!addressing.isChat(will.topic)) return;
  const family = addressing.parse(will.topic)?.family;
  if (family === undefined || !willFamilies.has(family))
    throw new PacketFault(reason.topicNameInvalid, "a will to a topic that takes none");
}

/** Messages; and the account's own presence, which only adds a status to what everybody is told anyway. */
const willFamilies: ReadonlySet<string> = new Set(["dm", "room", "dmText", "roomText", "presence"]);

/** The will as the core keeps it; undefined when there is nothing to keep: none, or one to the account's presence. */
export function keptWill(will: Will | undefined, { addressing }: Front, user: UserId): CoreWill | undefined {
  if (will === undefined) return undefined;
  const { topic: name, payload, qos, retain, forwarded, properties } = will;
  const delayMs = (properties.willDelayInterval ?? 0) * 1000;
  if (!addressing.isChat(name)) {
    const { messageExpiryInterval: expiryS } = properties;
    const expiryMs = expiryS === undefined ? undefined : expiryS * 1000;
    const extensions = forwarded === undefined ? undefined : { mqtt: forwarded.toString("base64") };
    return { delayMs, message: { type: "publication", topic: name, payload, qos, retain, expiryMs, extensions } };
  }
  const topic = addressing.parse(name);
  const content = contentOf(payload, forwarded);
  if (topic === undefined || topic.family === "presence" || content === undefined) return undefined;
  return { delayMs, message: { type: "entry", conversation: addressing.conversationOf(topic, user), ...content } };
}

/** What a will to the account's own presence adds to "unavailable"; undefined: there is no such will. */
export function presenceWillOf(
  will: Will | undefined,
  { addressing }: Front,
): { readonly text: string | undefined } | undefined {
  if (will === undefined || !addressing.isChat(will.topic)) return undefined;
  return addressing.parse(will.topic)?.family === "presence" ? { text: statusIn(will.payload) } : undefined;
}

/** The status of a presence will: the payload's field, or the payload. */
function statusIn(payload: Buffer): string | undefined {
  const text = payload.toString("utf8");
  try {
    const value = JSON.parse(text) as { readonly status?: unknown } | null;
    return typeof value?.status === "string" ? value.status : undefined;
  } catch {
    return text === "" ? undefined : text; // no JSON: the text is the status
  }
}
