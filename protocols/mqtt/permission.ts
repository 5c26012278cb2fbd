// Access rules where they are not asked by the core itself: topics of conversations, and wills.
import { type DeviceId, nameOf, preparedName, refusals, type UserId } from "#core";
import { type ChatTopic, userNamed } from "./addressing.ts";
import { PacketFault } from "./faults.ts";
import type { Front } from "./front.ts";
import type { Will } from "./packet.ts";
import { reason } from "./reasons.ts";

/** Names that are written in the one way in which they are compared. */
const plain = /^[a-z0-9._/-]*$/;

/** Whether the rules let the client publish there, whichever way it writes the name. */
export function mayPublishChat(
  { core, addressing }: Front,
  user: UserId,
  device: DeviceId,
  { family, name }: ChatTopic,
): boolean {
  const written = addressing.topic(family, name);
  if (!core.topics.mayPublish(user, device, written)) return false;
  if (family === "historyTopic" || plain.test(written)) return true; // of topics there is one way to write a name
  const canonical = /room/i.test(family) ? preparedName(name) : nameIn(name, core.host);
  return canonical === undefined || core.topics.mayPublish(user, device, addressing.topic(family, canonical));
}

function nameIn(name: string, host: string): string | undefined {
  const user = userNamed(name, host);
  return user === undefined ? undefined : nameOf(user);
}

/** [MQTT-3.1.4-2]: what could not be published later is refused now. */
export function checkWillAllowed(will: Will | undefined, front: Front, user: UserId, device: DeviceId): void {
  if (will === undefined) return;
  const chat = front.addressing.isChat(will.topic) ? front.addressing.parse(will.topic) : undefined;
  const allowed =
    chat === undefined
      ? front.core.topics.mayPublish(user, device, will.topic)
      : mayPublishChat(front, user, device, chat);
  if (allowed) return;
  refusals.publish.add();
  throw new PacketFault(reason.notAuthorized, "a will that may not be published");
}
