// What a will may say, and how it is said.
import type { DeviceId, Draft, Publication, UserId } from "#core";
import { Fault } from "#core";
import { PacketFault } from "./faults.ts";
import type { Front } from "./front.ts";
import type { Will } from "./packet.ts";
import { reason } from "./reasons.ts";
import { contentOf } from "./translate.ts";
import type { DueWill } from "./wills.ts";

/** Refuses at CONNECT what could not be published later. */
export function checkWill(will: Will | undefined, { addressing }: Front): void {
  if (will === undefined) return;
  if (/[+#]/.test(will.topic)) throw new PacketFault(reason.topicNameInvalid, "wildcard in a topic name");
  if (will.topic.startsWith("$")) throw new PacketFault(reason.notAuthorized, "a will to a $ topic");
  if (!addressing.isChat(will.topic)) return;
  const family = addressing.parse(will.topic)?.family;
  if (family === undefined || !willFamilies.has(family))
    throw new PacketFault(reason.topicNameInvalid, "a will to a topic that takes none");
}

/** Messages; and the account's own presence, which only adds a status to what everybody is told anyway. */
const willFamilies: ReadonlySet<string> = new Set(["dm", "room", "dmText", "roomText", "presence"]);

/** The will of a client that has gone, ready to be published. A refusal then is nobody's to hear. */
export function dueWill(will: Will, front: Front, user: UserId, device: DeviceId): DueWill {
  return { user, device, publish: () => publishWill(will, front, user, device) };
}

function publishWill(will: Will, front: Front, user: UserId, device: DeviceId): void {
  const { core, addressing } = front;
  if (!addressing.isChat(will.topic))
    return core.topics.publish(publicationOf(will, front, user, device), undefined, nobody, 0);
  const topic = addressing.parse(will.topic);
  const content = contentOf(will.payload, will.forwarded);
  if (topic === undefined || topic.family === "presence" || content === undefined) return;
  try {
    const draft: Draft = {
      conversation: addressing.conversationOf(topic, user),
      kind: "message",
      author: user,
      device,
      ...content,
    };
    core.router.send(draft, nobody, 0);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
}

function publicationOf(will: Will, { core }: Front, author: UserId, device: DeviceId): Publication {
  const at = core.clock.now();
  const { topic, payload, qos, retain, forwarded, properties } = will;
  return {
    type: "publication",
    host: core.host,
    topic,
    payload,
    qos,
    retain,
    author,
    device,
    at,
    expiresAt:
      properties.messageExpiryInterval === undefined ? undefined : at + properties.messageExpiryInterval * 1000,
    extensions: forwarded === undefined ? undefined : { mqtt: forwarded.toString("base64") },
  };
}

const nobody = { published: () => undefined, settled: () => undefined };
