// What a client publishes under `chat/`: messages, typing, receipts, presence, questions about history.
import { type Draft, Fault, faultFrom, type OriginId, refusals, type TypingState, type UserId } from "#core";
import type { ChatTopic, Family } from "../addressing.ts";
import { asksFor } from "../kinds.ts";
import type { PublishPacket } from "../packet.ts";
import { mayPublishChat } from "../permission.ts";
import { userProperty } from "../properties.ts";
import { reason } from "../reasons.ts";
import type { MqttSession } from "../session.ts";
import { contentOf, objectIn, textContentOf } from "../translate.ts";
import { publishForward } from "./forward.ts";
import { answerHistory } from "./history.ts";
import { publishMute } from "./mute.ts";
import { isRoomCommand, mayBeCommand, roomCommand } from "./room-commands.ts";

type ChatPublish = (session: MqttSession, packet: PublishPacket, ticket: number, topic: ChatTopic) => void;

/** By family; each accepts or refuses the ticket, or throws the Fault to refuse it with. */
const publishers: { readonly [F in Family]: ChatPublish } = {
  dm: publishMessage,
  dmText: publishMessage,
  room: publishMessage,
  roomText: publishMessage,
  presence: publishPresence,
  typingDm: publishTyping,
  typingRoom: publishTyping,
  receiptDm: publishReceipt,
  receiptRoom: publishReceipt,
  historyDm: answerHistory,
  historyRoom: answerHistory,
  historyTopic: answerHistory,
};

export function publishChat(session: MqttSession, packet: PublishPacket, ticket: number): void {
  try {
    const topic = session.front.addressing.parse(packet.topic);
    if (topic === undefined) throw new Fault("not-found", "no such chat topic");
    const { user, device } = session.attached;
    if (!mayPublishChat(session.front, user, device, topic)) {
      refusals.publish.add();
      throw new Fault("forbidden", "the access rules do not let it publish there");
    }
    publishers[topic.family](session, packet, ticket, topic);
  } catch (error) {
    session.refuse(ticket, faultFrom(error));
  }
}

/** RETAIN means nothing here: a conversation keeps everything. */
function publishMessage(session: MqttSession, packet: PublishPacket, ticket: number, topic: ChatTopic): void {
  const { user, device } = session.attached;
  const plain = topic.family === "dmText" || topic.family === "roomText";
  const asked = !plain && mayBeCommand(packet.payload) ? objectIn(packet.payload) : undefined;
  if (topic.family === "room" && isRoomCommand(asked))
    return roomCommand(session, session.front.addressing.conversationOf(topic, user), asked, ticket);
  if (asksFor("forward", asked)) {
    const conversation = session.front.addressing.conversationOf(topic, user);
    return publishForward(session, asked, ticket, { conversation, ...originOf(session, packet) });
  }
  if (asksFor("mute", asked))
    return publishMute(session, asked, session.front.addressing.conversationOf(topic, user), ticket);
  const content = (plain ? textContentOf : contentOf)(packet.payload, packet.forwarded);
  if (content === undefined)
    throw new Fault("bad-request", "an empty message, or one that breaks the rules of its kind");
  const draft: Draft = {
    conversation: session.front.addressing.conversationOf(topic, user),
    author: user,
    device,
    ...content,
    ...originOf(session, packet),
  };
  session.front.core.router.send(draft, session, ticket);
}

/** The client's own name for the message; or, while it may resend it, the exchange's (P3). */
function originOf(
  session: MqttSession,
  { qos, messageId, forwarded }: PublishPacket,
): Pick<Draft, "originId" | "originReleased"> {
  const named = forwarded === undefined ? undefined : userProperty(forwarded, "origin-id");
  if (named !== undefined) return { originId: named as OriginId };
  if (qos < 2 || !session.terms.durable) return {};
  return { originId: session.exchange(messageId), originReleased: true };
}

const typingStates: ReadonlySet<unknown> = new Set<TypingState>(["active", "composing", "paused", "inactive", "gone"]);

function publishTyping(session: MqttSession, { payload }: PublishPacket, ticket: number, topic: ChatTopic): void {
  const state = objectIn(payload)?.["state"];
  if (!typingStates.has(state)) throw new Fault("bad-request", "no typing state");
  const { signals } = session.front.core;
  signals.typing(
    session.attached,
    session.front.addressing.conversationOf(topic, session.attached.user),
    state as TypingState,
  );
  session.accept(ticket, reason.success);
}

function publishReceipt(session: MqttSession, { payload }: PublishPacket, ticket: number, topic: ChatTopic): void {
  const { s, mark } = objectIn(payload) ?? {};
  if (typeof s !== "number" || !Number.isSafeInteger(s) || s < 1 || (mark !== "read" && mark !== "delivered")) {
    throw new Fault("bad-request", "no receipt");
  }
  const { conversations } = session.front.core;
  const conversation = session.front.addressing.conversationOf(topic, session.attached.user);
  const act = (): void => {
    if (mark === "read") conversations.read(session.attached, conversation, s);
    else conversations.ack(session.attached, conversation, s);
  };
  session.chat
    .during(conversation, act)
    .then(() => session.accept(ticket, reason.success))
    .catch((error: unknown) => session.refuse(ticket, faultFrom(error)));
}

const shows: ReadonlySet<unknown> = new Set(["available", "chat", "away", "xa", "dnd"]);

/** Only one's own. */
function publishPresence(session: MqttSession, { payload }: PublishPacket, ticket: number, { name }: ChatTopic): void {
  const { core, addressing } = session.front;
  if (addressing.userOf(name) !== (session.attached.user satisfies UserId))
    throw new Fault("forbidden", "another account's presence");
  const { available = true, show = "available", status } = objectIn(payload) ?? {};
  if (typeof available !== "boolean" || !shows.has(show) || (status !== undefined && typeof status !== "string")) {
    throw new Fault("bad-request", "no presence");
  }
  core.presence.announce(session.attached, { available, show: show as "available", status });
  session.accept(ticket, reason.success);
}
