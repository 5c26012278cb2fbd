import { isUtf8 } from "node:buffer";
import { Fault, isWithin, type OriginId, type Publication, refusals } from "#core";
import { cameBack } from "../bridge/path.ts";
import { publishChat } from "../chat/publish.ts";
import { ackByte, type AckByte } from "../encode.ts";
import { PacketFault } from "../faults.ts";
import type { Front } from "../front.ts";
import type { PublishPacket } from "../packet.ts";
import type { Handler } from "../packets.ts";
import { reason } from "../reasons.ts";
import type { MqttSession } from "../session.ts";

const firstOf: readonly [0, AckByte, AckByte] = [0, ackByte.puback, ackByte.pubrec];

/** A message from the client: to a plain topic, or to a conversation. Answered when it is stored, or needs no storing (P1). */
export const publish: Handler<"publish"> = (packet, connection) => {
  const session = connection.session!;
  connection.published++;
  const { traffic } = connection.front;
  traffic.publishesReceived++;
  traffic.payloadReceived += packet.payload.length;
  if (packet.topicAlias !== 0) packet.topic = session.incomingAliases.resolve(packet.topicAlias, packet.topic);
  const chat = connection.front.addressing.isChat(packet.topic);
  if (packet.qos === 0 && !chat) {
    if (refusalOf(packet, connection.front) === undefined && !isBack(packet, session))
      connection.front.core.topics.publish(publicationOf(packet, session), undefined, session, -1);
    return undefined;
  }
  const ticket = admit(packet, session);
  if (ticket === undefined) return undefined;
  const refusal = refusalOf(packet, connection.front);
  if (refusal !== undefined && isNobodys(packet, session)) session.accept(ticket, reason.success);
  else if (refusal !== undefined) session.refuse(ticket, refusal);
  else if (isBack(packet, session)) session.accept(ticket, reason.success);
  else if (chat) publishChat(session, packet, ticket);
  else connection.front.core.topics.publish(publicationOf(packet, session), originOf(packet, session), session, ticket);
  return undefined;
};

/** A ticket for the answer; undefined when the message was taken before, and the answer is given or due. */
function admit(packet: PublishPacket, session: MqttSession): number | undefined {
  const { qos, messageId } = packet;
  if (qos === 2) {
    const { received } = session.state;
    const stage = received.stageOf(messageId);
    if (stage === "held") session.acks.settle(session.begin(ackByte.pubrec, messageId), reason.success); // [MQTT-4.3.3-10]
    if (stage !== undefined) return undefined;
    checkQuota(session);
    received.begin(messageId);
  } else if (qos === 1) checkQuota(session);
  return session.begin(firstOf[qos], messageId);
}

/** [MQTT-3.3.4-7]: the client may not have more than our Receive Maximum unfinished. Before 5.0 it was not told of one. */
function checkQuota(session: MqttSession): void {
  if (session.terms.version === 5 && session.unfinished >= session.front.options.receiveMaximum) {
    throw new PacketFault(reason.receiveMaximumExceeded, "more than Receive Maximum unfinished");
  }
}

/** A bridge brings what has been here: everybody has heard it. Acknowledged, so that the bridge goes on. */
function isBack({ forwarded }: PublishPacket, session: MqttSession): boolean {
  return forwarded !== undefined && cameBack(forwarded, session.front.core.id);
}

/**
 * Before 5.0 a refusal is an acknowledgement or the end of the connection [MQTT-3.3.5-2]. What is published to a topic that begins
 * with $ reaches nobody [MQTT-4.7.2-1], so that the acknowledgement is true: it is stored for all to whom it is owed.
 */
function isNobodys({ topic }: PublishPacket, { terms }: MqttSession): boolean {
  return terms.version !== 5 && isServersOwn(topic);
}

function refusalOf(packet: PublishPacket, { options }: Front): Fault | undefined {
  // Topic Name invalid, 0x90: well-formed, and not accepted by this server (MQTT 5.0 §3.4.2.1).
  if (!isWithin(packet.topic, { levels: options.topicLevels, bytes: options.topicBytes })) {
    refusals.topic.add();
    return new Fault("not-found", "a topic with too many levels or bytes");
  }
  if (isServersOwn(packet.topic)) return new Fault("forbidden", "publishing to a $ topic");
  if (packet.utf8 && !isUtf8(packet.payload)) return new Fault("bad-request", "payload is not the UTF-8 it says it is");
  return undefined;
}

/** `$share/…` is no topic to publish to either. */
function isServersOwn(topic: string): boolean {
  return topic.charCodeAt(0) === 0x24;
}

function publicationOf(packet: PublishPacket, session: MqttSession): Publication {
  const { user, device } = session.attached;
  const at = session.connection.heardAt;
  const { topic, payload, qos, retain, messageExpiryInterval: expiryS, forwarded } = packet;
  return {
    type: "publication",
    host: session.front.core.host,
    topic,
    payload,
    qos,
    retain,
    author: user,
    device,
    at,
    expiresAt: expiryS === undefined ? undefined : at + expiryS * 1000,
    extensions: forwarded === undefined ? undefined : { mqtt: forwarded.toString("base64") },
    memo: undefined,
  };
}

/** Only a session that outlives its connection can send the same exchange again. */
function originOf(packet: PublishPacket, session: MqttSession): OriginId | undefined {
  return packet.qos === 2 && session.terms.durable ? session.exchange(packet.messageId) : undefined;
}
