// One session's part in conversations: its subscriptions under `chat/`, and what they bring.
import {
  type ConversationId,
  type Delivery,
  type DeviceId,
  deviceKey,
  Fault,
  faultFrom,
  kindOf,
  nameOf,
  type PresenceSignal,
  type Receipt,
  type TypingSignal,
  type UserId,
} from "#core";
import { type Family, nameFor } from "../addressing.ts";
import { write } from "../deliver.ts";
import type { MqttSession } from "../session.ts";
import type { ChatSubscription } from "../session-state.ts";
import { json, presenceOf, receiptOf } from "../translate.ts";
import { Entries } from "./entries.ts";
import { Follows } from "./follows.ts";
import { matchOf, planOf, reachesEntries, type Subscribed } from "./subscriptions.ts";

/** Subscriptions under the prefix that one session may have. */
const subscriptionBound = 200;
/** The device of an account that has none available. */
const nowhere = "" as DeviceId;

export class ChatSession {
  readonly entries: Entries;
  readonly #session: MqttSession;
  readonly #follows: Follows;
  #subscribed: Map<string, Subscribed> | undefined;
  /** Devices whose presence, next told, is what was so when it was subscribed to. */
  readonly #pinned = new Set<string>();

  constructor(session: MqttSession) {
    this.#session = session;
    this.#follows = new Follows(session);
    this.entries = new Entries(session, () => this.#all());
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
    for (const { device } of known) this.#pinned.add(deviceKey(user, device));
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

  /** Acts on a conversation as one who follows it. Faults: not-found, forbidden, and those of `act`. */
  during(conversation: ConversationId, act: () => void): Promise<void> {
    return this.#follows.during(conversation, act);
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
    if (event.type === "entry") return this.entries.deliver(event, late, redelivered);
    if (event.type === "receipt") this.#tellReceipt(event);
    else if (event.type === "signal" && event.name === "presence") this.#tellPresence(event);
    else if (event.type === "signal" && event.name === "typing") this.#tellTyping(event);
    return true;
  }

  #tellReceipt(receipt: Receipt): void {
    const { conversation } = receipt;
    const family = kindOf(conversation) === "room" ? "receiptRoom" : "receiptDm";
    this.#tell(family, this.#name(conversation), receiptOf(receipt));
  }

  #tellPresence(signal: PresenceSignal): void {
    const pinned = this.#pinned.delete(deviceKey(signal.user, signal.device));
    this.#tell("presence", nameOf(signal.user), presenceOf(signal), pinned);
  }

  #tellTyping({ conversation, state, user }: TypingSignal): void {
    const family = kindOf(conversation) === "room" ? "typingRoom" : "typingDm";
    this.#tell(family, this.#name(conversation), json({ state, user: nameOf(user) }));
  }

  /** Signals: at most once. */
  #tell(family: Family, name: string, payload: Buffer, retain = false): void {
    const match = matchOf(this.#all(), family, name, this.#session.front.addressing);
    if (match === undefined) return;
    const { topic, ids } = match;
    write(this.#session, { topic, payload, qos: 0, retain, dup: false, messageId: 0, subscriptionIds: ids });
  }

  #all(): readonly Subscribed[] {
    return [...(this.#subscribed?.values() ?? [])];
  }

  #name(conversation: ConversationId): string {
    return nameFor(conversation, this.#session.attached.user);
  }

  #set(subscription: Subscribed): void {
    this.#subscribed!.set(subscription.filter, subscription);
    this.entries.forgetMatches();
  }

  #drop(filter: string): void {
    this.#subscribed!.delete(filter);
    this.entries.forgetMatches();
    this.#follows.reduce(planOf(this.#all()));
  }

  async #remember(): Promise<void> {
    const { front, attached, terms, state } = this.#session;
    if (terms.durable) await front.core.sessions.remember(attached, state.serialise());
  }
}
