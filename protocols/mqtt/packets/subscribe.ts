import { Fault, faultFrom, isFilter, refusals, shareOf } from "#core";
import { protocolError, subscribeReason } from "../faults.ts";
import type { RequestedSubscription } from "../packet.ts";
import type { Handler } from "../packets.ts";
import { reason } from "../reasons.ts";
import type { MqttSession } from "../session.ts";

/**
 * Each filter is granted or refused by itself. The answer goes before what it brings [MQTT-3.8.4-1], which is why it is sent here:
 * messages may come before it, §3.8.4 says, but most clients are written for the other order.
 */
export const subscribe: Handler<"subscribe"> = async ({ messageId, subscriptions, properties }, connection) => {
  const session = connection.session!;
  if (subscriptions.some(({ filter, noLocal }) => noLocal && shareOf(filter) !== undefined))
    throw protocolError("No Local on a shared subscription"); // [MQTT-3.8.3-4]
  session.held++;
  const granted: number[] = [];
  for (const requested of subscriptions)
    granted.push(await grant(session, requested, properties.subscriptionIdentifier));
  // Before 5.0 there is one code for every refusal [MQTT-3.9.3-2].
  const codes = session.terms.version === 5 ? granted : granted.map((code) => Math.min(code, 0x80));
  connection.send({ cmd: "suback", messageId, granted: codes });
  session.held--;
  session.wake();
  return undefined;
};

async function grant(session: MqttSession, requested: RequestedSubscription, id: number | undefined): Promise<number> {
  const { filter, qos } = requested;
  const { core, addressing } = session.front;
  if (!isFilter(filter)) return reason.topicFilterInvalid;
  const share = shareOf(filter);
  // Conversations are not shared out: each device gets them all.
  if (share !== undefined && addressing.isChat(share.filter)) return reason.sharedSubscriptionsUnsupported;
  const noLocal = requested.noLocal || (session.terms.bridge && share === undefined);
  try {
    if (addressing.isChat(filter)) {
      const { user, device } = session.attached;
      // What a conversation brings is not looked at again.
      if (!core.topics.mayReadAll(user, device, filter)) {
        refusals.subscribe.add();
        return reason.notAuthorized;
      }
      return await session.chat.subscribe({ filter, qos, noLocal, id });
    }
    const retainAsPublished = requested.retainAsPublished || session.terms.bridge;
    await core.topics.subscribe(session.attached, { ...requested, noLocal, retainAsPublished, id });
    return qos;
  } catch (error) {
    const fault = faultFrom(error);
    if (!(error instanceof Fault))
      core.log.error(
        { what: "mqtt_failed", link: session.connection.link.name, err: error },
        "a subscription could not be made",
      );
    return subscribeReason[fault.code];
  }
}
