// Questions about history, answered to the client that asks, on its response topic (MQTT 5.0 §4.10).
import { type Envelope, Fault, faultFrom, matches } from "#core";
import { type ChatTopic, clientId } from "../addressing.ts";
import { write } from "../deliver.ts";
import type { PublishPacket } from "../packet.ts";
import { forwardedResponse } from "../properties.ts";
import { reason } from "../reasons.ts";
import type { MqttSession } from "../session.ts";
import { json, objectIn, valueOf } from "../translate.ts";

const defaultLimit = 50;
const largestLimit = 500;

/** `{"after":n,"limit":m}` or `{"before":n,"limit":m}`; without either, the latest. */
export function answerHistory(session: MqttSession, packet: PublishPacket, ticket: number, topic: ChatTopic): void {
  const { conversations } = session.front.core;
  const { user } = session.attached;
  const { after, before, limit = defaultLimit } = objectIn(packet.payload) ?? {};
  if (!isPosition(after) || !isPosition(before) || typeof limit !== "number" || !(limit >= 1))
    throw new Fault("bad-request", "no history question");
  const conversation = session.front.addressing.conversationOf(topic, user);
  const { responseTopic, correlationData } = forwardedResponse(packet.forwarded);
  const replyTo = responseTopic ?? packet.topic;
  // A client gets nothing it has not subscribed to, its own answers included.
  if (!hears(session, replyTo)) return session.accept(ticket, reason.noMatchingSubscribers);
  const most = Math.min(Math.floor(limit), largestLimit);
  const page =
    after === undefined
      ? conversations.historyBefore(user, conversation, before, most)
      : conversations.history(user, conversation, after, most);
  page
    .then((entries) => {
      if (session.ended) return;
      send(session, { topic: replyTo, correlationData, c: clientId(conversation) }, entries, entries.length < most);
      session.accept(ticket, reason.success);
    })
    .catch((error: unknown) => session.refuse(ticket, faultFrom(error)));
}

interface Reply {
  readonly topic: string;
  readonly correlationData: Buffer | undefined;
  /** The conversation, as clients call it. */
  readonly c: string;
}

/** Fewer entries, should all of them be more than the client takes. */
function send(session: MqttSession, reply: Reply, entries: readonly Envelope[], complete: boolean): void {
  const { topic, correlationData, c } = reply;
  const payload = json({ c, entries: entries.map((entry) => valueOf(entry, false)), complete });
  const forwarded = session.terms.version === 5 ? correlationData : undefined;
  const sent = write(session, { topic, payload, qos: 0, retain: false, dup: false, messageId: 0, forwarded });
  if (sent === undefined && entries.length > 1) send(session, reply, entries.slice(0, entries.length >> 1), false);
}

function hears(session: MqttSession, topic: string): boolean {
  if (session.front.addressing.isChat(topic)) return session.chat.hears(topic);
  return session.front.core.topics.subscriptionsOf(session.attached).some(({ filter }) => matches(filter, topic));
}

function isPosition(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0);
}
