// One session's part in conversations: its subscriptions under `chat/`, and what they bring.
import {
  type ConversationId,
  type Delivery,
  type DeviceId,
  type Envelope,
  Fault,
  faultFrom,
  nameOf,
  type PresenceSignal,
  type UserId,
} from "#core";
import { type Family, nameFor } from "../addressing.ts";
import { write } from "../deliver.ts";
import type { OutgoingPublish } from "../encode.ts";
import { awaiting } from "../in-flight.ts";
import type { MqttSession } from "../session.ts";
import type { ChatSubscription, SentEntry } from "../session-state.ts";
import { eventOf, json, presenceOf, receiptOf, textOf, type Translated } from "../translate.ts";
import { Follows } from "./follows.ts";
import { Outstanding } from "./outstanding.ts";
import {
  type EntryMatch,
  entryMatchOf,
  type Match,
  matchOf,
  planOf,
  reachesEntries,
  type Subscribed,
} from "./subscriptions.ts";

/** Subscriptions under the prefix that one session may have. */
const subscriptionBound = 200;
/** Conversations whose match is remembered. */
const matchBound = 1000;

/** The device of an account that has none available. */
const nowhere = "" as DeviceId;

/** An entry in flight. */
export interface Sending {
  readonly conversation: ConversationId;
  readonly seq: number;
}

export class ChatSession {
  readonly #session: MqttSession;
  readonly #follows: Follows;
  readonly #outstanding = new Outstanding();
  #subscribed: Map<string, Subscribed> | undefined;
  readonly #matches = new Map<ConversationId, EntryMatch>();
  /** Devices whose presence, next told, is what was so when it was subscribed to. */
  readonly #pinned = new Set<string>();
  /** Entries in flight on an earlier connection: sent again under the same identifier [MQTT-4.4.0-1]. */
  readonly #before: SentEntry[];

  constructor(session: MqttSession) {
    this.#session = session;
    this.#follows = new Follows(session);
    this.#before = [...session.state.entries];
  }

  /** The QoS granted. Faults: bad-request (no chat topic can match), not-found, forbidden, quota-exceeded. */
  async subscribe(subscription: ChatSubscription): Promise<number> {
    const { front, state } = this.#session;
    const reach = front.addressing.reach(subscription.filter);
    if (Object.keys(reach).length === 0) throw new Fault("bad-request", "a filter that no chat topic matches");
    const subscribed = (this.#subscribed ??= new Map<string, Subscribed>());
    const before = subscribed.get(subscription.filter);
    if (before === undefined && subscribed.size >= subscriptionBound)
      throw new Fault("quota-exceeded", "too many chat subscriptions");
    const granted = reachesEntries(reach) ? subscription.qos : 0;
    this.#set({ ...subscription, qos: granted, reach });
    try {
      await this.#follows.extend(planOf(this.#all()));
    } catch (error) {
      if (before === undefined) this.#drop(subscription.filter);
      else this.#set(before);
      throw error;
    }
    state.chat.set(subscription.filter, { ...subscription, qos: granted });
    await this.#remember();
    return granted;
  }

  /** False when there was no such subscription. */
  async unsubscribe(filter: string): Promise<boolean> {
    if (this.#subscribed?.has(filter) !== true) return false;
    this.#drop(filter);
    this.#session.state.chat.delete(filter);
    await this.#remember();
    return true;
  }

  /** The subscriptions of a resumed session. One that is no longer allowed brings nothing, and is kept. */
  async resume(): Promise<void> {
    const { front, state, attached } = this.#session;
    const subscribed = (this.#subscribed = new Map<string, Subscribed>());
    for (const subscription of state.chat.values()) {
      subscribed.set(subscription.filter, { ...subscription, reach: front.addressing.reach(subscription.filter) });
    }
    for (const subscription of subscribed.values()) {
      try {
        await this.#follows.extend(planOf([subscription]));
      } catch (error) {
        const { code } = faultFrom(error);
        front.core.log.info(
          { what: "mqtt_subscription_not_resumed", session: attached.id, code },
          "a chat subscription brings nothing any more",
        );
      }
    }
  }

  /** What was so of the account when its presence was subscribed to is told as a retained message is. */
  pinPresence(user: UserId): void {
    const known = this.#session.front.core.presence.of(user);
    for (const { device } of known) this.#pinned.add(`${user} ${device}`);
    if (known.length > 0) return;
    const absent: PresenceSignal = {
      type: "signal",
      name: "presence",
      user,
      device: nowhere,
      available: false,
      show: "available",
      priority: 0,
    };
    this.#pinned.add(`${user} ${nowhere}`);
    this.#session.backlog = [...this.#session.backlog, { event: absent, late: false, redelivered: false }];
  }

  /** Whether a subscription reaches this chat topic. */
  hears(topic: string): boolean {
    const { addressing } = this.#session.front;
    const parsed = addressing.parse(topic);
    return (
      parsed !== undefined &&
      this.#subscribed !== undefined &&
      matchOf(this.#all(), parsed.family, parsed.name, addressing) !== undefined
    );
  }

  /** False when it has to wait for an acknowledgement. */
  deliver({ event, late, redelivered }: Delivery): boolean {
    if (this.#subscribed === undefined) return true;
    if (event.type === "entry") return this.#deliverEntry(event, late, redelivered);
    if (event.type === "receipt")
      this.#tell(
        family(event.conversation, "receiptDm", "receiptRoom"),
        this.#name(event.conversation),
        receiptOf(event),
      );
    if (event.type !== "signal") return true;
    if (event.name === "presence")
      this.#tell(
        "presence",
        nameOf(event.user),
        presenceOf(event),
        this.#pinned.delete(`${event.user} ${event.device}`),
      );
    if (event.name === "typing") {
      const { conversation, state, user } = event;
      this.#tell(
        family(conversation, "typingDm", "typingRoom"),
        this.#name(conversation),
        json({ state, user: nameOf(user) }),
      );
    }
    return true;
  }

  /** The client has one message of this entry. */
  acknowledged({ conversation, seq }: Sending): void {
    this.#clear(conversation, this.#outstanding.acknowledge(conversation, seq));
  }

  #deliverEntry(envelope: Envelope, late: boolean, redelivered: boolean): boolean {
    const { conversation, seq } = envelope;
    const match = this.#matchOf(conversation);
    if (match.event === undefined && match.text === undefined) return true;
    const event = this.#wants(match.event, envelope, late)
      ? { match: match.event!, as: eventOf(envelope, redelivered) }
      : undefined;
    const text = this.#wants(match.text, envelope, late) ? textFor(match.text!, envelope) : undefined;
    const sure = [event, text].filter((form) => form !== undefined && form.match.qos > 0).length;
    const { inFlight, terms } = this.#session;
    if (sure > 0 && inFlight.count > 0 && inFlight.count + sure > terms.window) return false;
    let sent = 0;
    for (const form of [event, text]) if (form !== undefined && this.#sendEntry(envelope, form, redelivered)) sent++;
    // One that is not for this device at all is as good as acknowledged; QoS 0 acknowledges nothing.
    if (sent > 0 || (match.event?.qos ?? 0) > 0 || (match.text?.qos ?? 0) > 0)
      this.#clear(conversation, this.#outstanding.add(conversation, seq, sent));
    return true;
  }

  /** No local [MQTT-3.8.3-3]; and QoS 0 gets nothing from before. */
  #wants(match: Match | undefined, { author, device }: Envelope, late: boolean): boolean {
    const { attached } = this.#session;
    if (match === undefined || (late && match.qos === 0)) return false;
    return !match.noLocal || author !== attached.user || device !== attached.device;
  }

  /** True when an acknowledgement will come. */
  #sendEntry({ conversation, seq }: Envelope, { match, as }: Form, redelivered: boolean): boolean {
    const { inFlight } = this.#session;
    const { topic, qos, ids } = match;
    let messageId = 0;
    let dup = false;
    if (qos > 0) {
      const state = qos === 1 ? awaiting.puback : awaiting.pubrec;
      const before = this.#before.find((entry) => entry.conversation === conversation && entry.seq === seq);
      if (before !== undefined) this.#before.splice(this.#before.indexOf(before), 1);
      const again = before !== undefined && inFlight.claimAs(before.messageId, state, { conversation, seq });
      messageId = again ? before.messageId : inFlight.claim(state, { conversation, seq });
      dup = again || redelivered;
    }
    const sent = this.#send({
      topic,
      payload: as.payload,
      qos,
      retain: false,
      dup,
      messageId,
      forwarded: as.forwarded,
      subscriptionIds: ids,
    });
    if (!sent && messageId !== 0) inFlight.free(messageId);
    return sent && qos > 0;
  }

  /** Signals: at most once. */
  #tell(family: Family, name: string, payload: Buffer, retain = false): void {
    const match = matchOf(this.#all(), family, name, this.#session.front.addressing);
    if (match === undefined) return;
    this.#send({ topic: match.topic, payload, qos: 0, retain, dup: false, messageId: 0, subscriptionIds: match.ids });
  }

  #send(publish: OutgoingPublish): boolean {
    const plain = this.#session.terms.version === 5 ? publish : { ...publish, forwarded: undefined };
    return write(this.#session, plain) !== undefined;
  }

  #all(): readonly Subscribed[] {
    return [...(this.#subscribed?.values() ?? [])];
  }

  #name(conversation: ConversationId): string {
    return nameFor(conversation, this.#session.attached.user);
  }

  #matchOf(conversation: ConversationId): EntryMatch {
    let match = this.#matches.get(conversation);
    if (match !== undefined) return match;
    match = entryMatchOf(this.#all(), conversation, this.#session.attached.user, this.#session.front.addressing);
    if (this.#matches.size >= matchBound) this.#matches.clear();
    this.#matches.set(conversation, match);
    return match;
  }

  #clear(conversation: ConversationId, seq: number | undefined): void {
    if (seq !== undefined) this.#session.front.core.conversations.ack(this.#session.attached, conversation, seq);
  }

  #set(subscription: Subscribed): void {
    this.#subscribed!.set(subscription.filter, subscription);
    this.#matches.clear();
  }

  #drop(filter: string): void {
    this.#subscribed!.delete(filter);
    this.#matches.clear();
    this.#follows.reduce(planOf(this.#all()));
  }

  async #remember(): Promise<void> {
    const { front, attached, terms, state } = this.#session;
    if (terms.durable) await front.core.sessions.remember(attached, state.serialise());
  }
}

interface Form {
  readonly match: Match;
  readonly as: Translated;
}

function textFor(match: Match, envelope: Envelope): Form | undefined {
  const as = textOf(envelope);
  return as === undefined ? undefined : { match, as };
}

function family(conversation: ConversationId, direct: Family, room: Family): Family {
  return conversation.startsWith("room:") ? room : direct;
}
