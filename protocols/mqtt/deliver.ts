// From a session's outbox to its link: at the client's pace, and encoded once for all who get the same bytes.
import { type Delivery, memoSlot, type Publication } from "#core";
import { type OutgoingPublish, publishSize, rewrite, writePublish, type Written } from "./encode.ts";
import { awaiting } from "./in-flight.ts";
import type { MqttSession } from "./session.ts";
import { idOfPosition } from "./session-state.ts";

/** With more than this on its way, the link is left alone until it has drained. */
const congestion = 256 * 1024;
/** Deliveries taken at once. */
const slice = 256;

/** Sends what the client's window and its link allow. An acknowledgement, or the link's draining, asks again. */
export function drain(session: MqttSession): void {
  const { attached, connection, inFlight, terms } = session;
  if (session.backlog.length > 0 && !sendAll(session, session.backlog)) return;
  for (;;) {
    session.front.out.flush(); // so that `buffered` knows of it
    if (connection.link.buffered > congestion) {
      session.congested = true;
      return;
    }
    const room = terms.window - inFlight.count;
    if (room <= 0) return;
    const most = Math.min(room, slice);
    const deliveries = attached.take(most);
    // Whatever comes behind the last of them wakes the session again.
    if (deliveries.length === 0 || !sendAll(session, deliveries) || deliveries.length < most) return;
  }
}

/** False when one has to wait; it and those behind it are the backlog then. */
function sendAll(session: MqttSession, deliveries: readonly Delivery[]): boolean {
  for (let at = 0; at < deliveries.length; at++) {
    if (send(session, deliveries[at]!)) continue;
    session.backlog = deliveries.slice(at);
    return false;
  }
  session.backlog = none;
  return true;
}

const none: readonly Delivery[] = [];

function send(session: MqttSession, delivery: Delivery): boolean {
  const { event } = delivery;
  return event.type === "publication" ? sendPublication(session, delivery, event) : session.deliverChat(delivery);
}

function sendPublication(session: MqttSession, delivery: Delivery, event: Publication): boolean {
  const { terms: to, inFlight, state } = session;
  const { qos, retain, subscriptionIds, queued } = delivery.terms!;
  const left = secondsLeft(session, event);
  const sentBefore = queued !== undefined && (queued <= session.sentBefore || (to.crashed && delivery.redelivered));
  // Expired while it waited [MQTT-3.3.2-5]; one that was sent is sent again all the same [MQTT-4.3.3-7] [MQTT-4.4.0-1].
  if (left === 0 && !sentBefore) return done(session, queued);
  let messageId = 0;
  let dup = false;
  if (qos > 0) {
    const owed = qos === 1 ? awaiting.puback : awaiting.pubrec;
    if (queued === undefined || !to.durable) {
      if (inFlight.count >= to.window) return false;
      messageId = inFlight.claim(owed, queued);
      dup = delivery.redelivered;
    } else {
      if (session.releases.released(queued)) return done(session, queued);
      messageId = idOfPosition(queued);
      if (inFlight.count >= to.window || !inFlight.claimAs(messageId, owed, queued)) return false;
      dup = sentBefore;
      if (queued > state.sentTo) state.sentTo = queued;
    }
  }
  const first = 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
  const slot = slots[(to.version === 5 ? 2 : 0) + (qos > 0 ? 1 : 0)]!;
  // The same bytes for everybody, but for what is a client's own: identifiers, aliases, seconds left.
  const same =
    left === undefined &&
    (to.version !== 5 || (subscriptionIds === undefined && session.outgoingAliases === undefined));
  const written = same ? (event.memo?.[slot] as Written | undefined) : undefined;
  if (written !== undefined && written.end - written.start <= to.maximumPacketSize) {
    rewrite(session.front.out, session.connection.link, written, first, messageId);
    count(session, event.payload);
    return true;
  }
  const publish: OutgoingPublish = {
    topic: event.topic,
    payload: event.payload,
    qos,
    retain,
    dup,
    messageId,
    forwarded: to.version === 5 ? forwardedOf(event) : undefined,
    subscriptionIds,
    messageExpiryS: left,
  };
  const sent = write(session, publish);
  if (sent === undefined && messageId !== 0) session.finish(messageId);
  if (sent !== undefined && same && event.memo !== undefined) session.front.encoded.note(event, slot, sent);
  return true;
}

/** Undefined when it is more than the client takes: then it counts as delivered [MQTT-3.1.2-24] [MQTT-3.1.2-25]. */
export function write(session: MqttSession, publish: OutgoingPublish): Written | undefined {
  const { terms, connection, front, outgoingAliases } = session;
  if (terms.maximumPacketSize !== Infinity && publishSize(publish, terms.version) + 3 > terms.maximumPacketSize) {
    if (publishSize(publish, terms.version) > terms.maximumPacketSize) return undefined;
    count(session, publish.payload);
    return writePublish(front.out, connection.link, publish, terms.version); // no room for an alias beside the topic
  }
  count(session, publish.payload);
  const aliased = outgoingAliases === undefined ? publish : withAlias(publish, outgoingAliases);
  return writePublish(front.out, connection.link, aliased, terms.version);
}

function count({ front: { traffic } }: MqttSession, payload: Uint8Array): void {
  traffic.publishesSent++;
  traffic.payloadSent += payload.length;
}

function withAlias(publish: OutgoingPublish, aliases: NonNullable<MqttSession["outgoingAliases"]>): OutgoingPublish {
  const known = aliases.known(publish.topic);
  if (known !== 0) return { ...publish, topic: "", topicAlias: known };
  return { ...publish, topicAlias: aliases.introduce(publish.topic) };
}

/** Whole seconds until it expires, rounded up; 0: it has; undefined: it does not. */
function secondsLeft(session: MqttSession, { expiresAt }: Publication): number | undefined {
  if (expiresAt === undefined) return undefined;
  return Math.max(0, Math.ceil((expiresAt - session.front.core.clock.now()) / 1000));
}

function done(session: MqttSession, queued: number | undefined): true {
  if (queued !== undefined) session.front.core.topics.settle(session.attached, queued);
  return true;
}

/** By version (3.x, 5) and class of QoS (0, above), which decide the layout; the first byte is each delivery's own. */
const slots = [memoSlot(), memoSlot(), memoSlot(), memoSlot()] as const;
const forwardedSlot = memoSlot();

function forwardedOf(event: Publication): Buffer | undefined {
  const mqtt = event.extensions?.["mqtt"];
  if (mqtt === undefined) return undefined;
  const memo = (event.memo ??= []);
  return (memo[forwardedSlot] ??= Buffer.from(mqtt, "base64")) as Buffer;
}

/**
 * Where each publication was first written in this round of drains, so that the others copy it. Forgotten when the
 * round is over: a retained message would otherwise keep a whole slab for as long as it lives.
 */
export class Encoded {
  #noted: Publication[] = [];

  /** Of a publication that has a memo. */
  note(event: Publication, slot: number, written: Written): void {
    event.memo![slot] = written;
    this.#noted.push(event);
  }

  forget(): void {
    if (this.#noted.length === 0) return;
    for (const { memo } of this.#noted) for (const slot of slots) memo![slot] = undefined;
    this.#noted = [];
  }
}
