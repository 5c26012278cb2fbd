// Log entries on their way to a client: as event or text, acknowledged by conversation, resent under their identifiers.
import { type ConversationId, type Envelope, kindOf } from "#core";
import { nameFor } from "../addressing.ts";
import { write } from "../deliver.ts";
import { awaiting } from "../in-flight.ts";
import type { MqttSession } from "../session.ts";
import type { SentEntry } from "../session-state.ts";
import { eventOf, textOf, type Translated } from "../translate.ts";
import { Outstanding } from "./outstanding.ts";
import { type Match, matchOf, type Subscribed } from "./subscriptions.ts";

/** Conversations whose matches are remembered. */
const matchBound = 1000;

/** An entry in flight. */
export interface Sending {
  readonly conversation: ConversationId;
  readonly seq: number;
}

/** How entries of a conversation go to the session: as event, as text, as both or not at all. */
interface EntryMatch {
  readonly event: Match | undefined;
  readonly text: Match | undefined;
}

interface Form {
  readonly match: Match;
  readonly as: Translated;
}

export class Entries {
  readonly #session: MqttSession;
  readonly #subscribed: () => readonly Subscribed[];
  readonly #outstanding = new Outstanding();
  readonly #matches = new Map<ConversationId, EntryMatch>();
  /** In flight on an earlier connection: sent again under the same identifier [MQTT-4.4.0-1]. */
  readonly #before: SentEntry[];

  constructor(session: MqttSession, subscribed: () => readonly Subscribed[]) {
    this.#session = session;
    this.#subscribed = subscribed;
    this.#before = [...session.state.entries];
  }

  /** Of an earlier connection, and not sent again yet. */
  get unsent(): readonly SentEntry[] {
    return this.#before;
  }

  /** The subscriptions have changed. */
  forgetMatches(): void {
    this.#matches.clear();
  }

  /** False when it has to wait for an acknowledgement. */
  deliver(envelope: Envelope, late: boolean, redelivered: boolean): boolean {
    const { conversation, seq } = envelope;
    const match = this.#matchOf(conversation);
    if (match.event === undefined && match.text === undefined) return true;
    const forms = this.#formsOf(match, envelope, late, redelivered);
    const sure = forms.filter((form) => form.match.qos > 0).length;
    const { inFlight, terms } = this.#session;
    if (sure > 0 && inFlight.count + sure > terms.window) return false;
    let sent = 0;
    for (const form of forms) if (this.#send(envelope, form, redelivered)) sent++;
    // One that is not for this device at all is as good as acknowledged; QoS 0 acknowledges nothing.
    const acknowledged = (match.event?.qos ?? 0) > 0 || (match.text?.qos ?? 0) > 0;
    if (acknowledged) this.#clear(conversation, this.#outstanding.add(conversation, seq, sent));
    return true;
  }

  /** The client has one message of this entry. */
  acknowledged({ conversation, seq }: Sending): void {
    this.#clear(conversation, this.#outstanding.acknowledge(conversation, seq));
  }

  #formsOf({ event, text }: EntryMatch, envelope: Envelope, late: boolean, redelivered: boolean): Form[] {
    const forms: Form[] = [];
    if (event !== undefined && this.#wants(event, envelope, late)) {
      forms.push({ match: event, as: eventOf(envelope, redelivered) });
    }
    // A client that takes one message at a time gets the event, which says it all.
    if (forms.length > 0 && this.#session.terms.window < 2) return forms;
    const as = text !== undefined && this.#wants(text, envelope, late) ? textOf(envelope) : undefined;
    if (as !== undefined) forms.push({ match: text!, as });
    return forms;
  }

  /** No local [MQTT-3.8.3-3]; and QoS 0 gets nothing from before. */
  #wants(match: Match, { author, device }: Envelope, late: boolean): boolean {
    const { attached } = this.#session;
    if (late && match.qos === 0) return false;
    return !match.noLocal || author !== attached.user || device !== attached.device;
  }

  /** True when an acknowledgement will come. */
  #send(envelope: Envelope, { match, as }: Form, redelivered: boolean): boolean {
    const { topic, qos, ids } = match;
    const { messageId, again } = qos === 0 ? unnamed : this.#claim(envelope, qos);
    const forwarded = this.#session.terms.version === 5 ? as.forwarded : undefined;
    const dup = qos > 0 && (again || redelivered);
    const publish = { topic, payload: as.payload, qos, retain: false, dup, messageId, forwarded, subscriptionIds: ids };
    const sent = write(this.#session, publish) !== undefined;
    if (!sent && qos > 0) this.#session.inFlight.free(messageId);
    return sent && qos > 0;
  }

  /** A packet identifier: the one it had, where it was sent before. */
  #claim({ conversation, seq }: Envelope, qos: 1 | 2): { messageId: number; again: boolean } {
    const { inFlight } = this.#session;
    const state = qos === 1 ? awaiting.puback : awaiting.pubrec;
    const at = this.#before.findIndex((entry) => entry.conversation === conversation && entry.seq === seq);
    const before = at === -1 ? undefined : this.#before.splice(at, 1)[0]!.messageId;
    if (before !== undefined && inFlight.claimAs(before, state, { conversation, seq }))
      return { messageId: before, again: true };
    return { messageId: inFlight.claim(state, { conversation, seq }), again: false };
  }

  #matchOf(conversation: ConversationId): EntryMatch {
    const known = this.#matches.get(conversation);
    if (known !== undefined) return known;
    const { front, attached } = this.#session;
    const subscribed = this.#subscribed();
    const name = nameFor(conversation, attached.user);
    const room = kindOf(conversation) === "room";
    const match = {
      event: matchOf(subscribed, room ? "room" : "dm", name, front.addressing),
      text: matchOf(subscribed, room ? "roomText" : "dmText", name, front.addressing),
    };
    if (this.#matches.size >= matchBound) this.#matches.clear();
    this.#matches.set(conversation, match);
    return match;
  }

  #clear(conversation: ConversationId, seq: number | undefined): void {
    if (seq !== undefined) this.#session.front.core.conversations.ack(this.#session.attached, conversation, seq);
  }
}

const unnamed = { messageId: 0, again: false } as const;
