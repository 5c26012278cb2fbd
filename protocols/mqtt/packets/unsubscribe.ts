import type { Handler } from "../packets.ts";
import { reason } from "../reasons.ts";

/** [MQTT-3.10.4-4]. */
export const unsubscribe: Handler<"unsubscribe"> = async ({ messageId, filters }, { front, session }) => {
  const granted: number[] = [];
  for (const filter of filters) {
    const existed = front.addressing.isChat(filter)
      ? await session!.chat.unsubscribe(filter)
      : await front.core.topics.unsubscribe(session!.attached, filter);
    granted.push(existed ? reason.success : reason.noSubscriptionExisted);
  }
  return { cmd: "unsuback", messageId, granted };
};
