// A connected client's session: from its CONNACK to the end of its connection.
import { type Delivery, Fault, type OriginId, type Sent, type Session, type Settler, type TopicSettler } from "#core";
import { Acks, type AckSink } from "./acks.ts";
import type { Connection } from "./connection.ts";
import type { Sending } from "./chat/entries.ts";
import { ChatSession } from "./chat/session.ts";
import { drain } from "./deliver.ts";
import { ackByte, type AckByte } from "./encode.ts";
import { publishReason } from "./faults.ts";
import { awaiting, InFlight } from "./in-flight.ts";
import type { Front } from "./front.ts";
import type { Version, Will } from "./packet.ts";
import { reason, type ReasonCode } from "./reasons.ts";
import { Releases } from "./releases.ts";
import type { SessionState } from "./session-state.ts";
import { IncomingAliases, OutgoingAliases } from "./topic-alias.ts";

/** Whom an acknowledgement is for: a queue position, a log entry, or (undefined) nobody. */
export type Owed = number | Sending | undefined;

export interface SessionTerms {
  readonly version: Version;
  /** Outlives the connection. */
  readonly durable: boolean;
  readonly expiryS: number;
  /** QoS 1 and 2 messages in flight to the client at most. */
  readonly window: number;
  /** Largest packet the client takes. */
  readonly maximumPacketSize: number;
  readonly topicAliasMaximum: number;
  /** From a bridge of another broker: its subscriptions are no local, and retain is as published. */
  readonly bridge: boolean;
  /** Authenticated by AUTH packets, and may be again. */
  readonly enhanced: boolean;
  /** The server was killed while the client was connected: what it sent then is not known. */
  readonly crashed: boolean;
}

const none: readonly Delivery[] = [];

export class MqttSession implements Settler, TopicSettler, AckSink {
  readonly front: Front;
  readonly connection: Connection;
  readonly attached: Session;
  readonly terms: SessionTerms;
  readonly state: SessionState;
  readonly acks = new Acks(this);
  readonly inFlight: InFlight<Owed>;
  readonly outgoingAliases: OutgoingAliases | undefined;
  /** What is to be said if the client goes without a word; DISCONNECT takes it away. */
  will: Will | undefined;
  /** How long the session outlives its connection, in seconds; a 5.0 client may change it as it goes. */
  expiryS: number;
  /** Queue positions up to this one went out on an earlier connection. */
  readonly sentBefore: number;
  /** Taken from the outbox, and not sent: their packet identifier is still in flight. */
  backlog: readonly Delivery[] = none;
  /** Nothing is sent while this is above 0: a SUBSCRIBE is to be answered first. */
  held = 1;
  /** The link has more than it should; `drained` goes on. */
  congested = false;
  #woken = false;
  #chat: ChatSession | undefined;
  #incomingAliases: IncomingAliases | undefined;
  #releases: Releases | undefined;
  /** QoS 1 messages of the client that are not answered. */
  #unanswered = 0;

  constructor(connection: Connection, attached: Session, terms: SessionTerms, state: SessionState) {
    this.front = connection.front;
    this.connection = connection;
    this.attached = attached;
    this.terms = terms;
    this.state = state;
    this.expiryS = terms.expiryS;
    this.sentBefore = state.sentTo;
    this.inFlight = new InFlight(terms.window);
    // Far from the identifiers that queue positions take, so that these seldom meet.
    if (terms.durable) this.inFlight.startAfter(((state.sentTo + 0x8000) % 0xffff) + 1);
    const aliases = Math.min(terms.topicAliasMaximum, this.front.options.topicAliasMaximum);
    this.outgoingAliases = aliases > 0 ? new OutgoingAliases(aliases) : undefined;
    if (terms.durable) state.received.recount();
  }

  // Each is made when it is first needed: an idle connection should weigh little.
  get incomingAliases(): IncomingAliases {
    const { version } = this.terms;
    return (this.#incomingAliases ??= new IncomingAliases(version === 5 ? this.front.options.topicAliasMaximum : 0));
  }

  get releases(): Releases {
    return (this.#releases ??= new Releases(this));
  }

  get chat(): ChatSession {
    return (this.#chat ??= new ChatSession(this));
  }

  /** False when it has to wait for an acknowledgement. */
  deliverChat(delivery: Delivery): boolean {
    return this.#chat === undefined || this.#chat.deliver(delivery);
  }

  get ended(): boolean {
    return this.connection.ended;
  }

  /** QoS 1 and 2 messages of the client that are unfinished, as Receive Maximum counts them. */
  get unfinished(): number {
    return this.#unanswered + this.state.received.counted;
  }

  /** Something is in the outbox, or may be sent again. */
  wake(): void {
    if (this.#woken || this.ended) return;
    this.#woken = true;
    this.front.drains.schedule(this);
  }

  drain(): void {
    this.#woken = false;
    if (!this.ended && this.held === 0) drain(this);
  }

  /** Takes a place in the order of acknowledgements. */
  begin(first: AckByte | 0, messageId: number): number {
    if (first === ackByte.puback) this.#unanswered++;
    return this.acks.begin(first, messageId);
  }

  /** A chat message is stored, or refused. */
  settled(ticket: number, outcome: Sent | Fault): void {
    if (outcome instanceof Fault) this.refuse(ticket, outcome);
    else this.accept(ticket, reason.success);
  }

  /** A publication on a plain topic is on its way, and stored if it had to be; or refused. QoS 0 has ticket -1. */
  published(ticket: number, outcome: Fault | number): void {
    if (ticket < 0) return;
    if (outcome instanceof Fault) this.refuse(ticket, outcome);
    else this.accept(ticket, outcome === 0 ? reason.noMatchingSubscribers : reason.success);
  }

  accept(ticket: number, reasonCode: ReasonCode): void {
    if (this.ended) return;
    if (this.acks.firstOf(ticket) === ackByte.pubrec) this.state.received.advance(this.acks.idOf(ticket), "held");
    this.acks.settle(ticket, reasonCode);
  }

  /**
   * 5.0 is told why. 3.1.1 has no word for it: an acknowledgement would say "stored" of what is not (P1), so the
   * connection is closed, as [MQTT-3.3.5-2] allows, and the client knows that its message is not here.
   */
  refuse(ticket: number, fault: Fault): void {
    if (this.ended) return;
    const first = this.acks.firstOf(ticket);
    if (first !== 0 && this.terms.version !== 5) return this.connection.fail(fault);
    if (first === ackByte.pubrec) this.state.received.end(this.acks.idOf(ticket));
    this.acks.settle(ticket, publishReason[fault.code]);
  }

  acknowledge(first: AckByte | 0, messageId: number, reasonCode: ReasonCode): void {
    if (first === ackByte.puback) this.#unanswered--;
    if (first !== 0 && !this.ended) this.connection.ack(first, messageId, reasonCode);
    this.connection.answered();
  }

  /** The client has finished with what it was sent under this identifier. */
  finish(messageId: number): void {
    const owed = this.inFlight.free(messageId);
    if (typeof owed === "number") this.releases.settled(messageId, owed);
    else if (owed !== undefined) this.chat.entries.acknowledged(owed);
    if (this.attached.waiting > 0 || this.backlog.length > 0) this.wake();
  }

  /** Names a QoS 2 exchange of the client until PUBREL. */
  exchange(messageId: number): OriginId {
    return `q2:${this.attached.device}:${messageId}` as OriginId;
  }

  /** What a resumed session must find: written when the connection ends. */
  snapshot(): string {
    const entries = [...(this.#chat?.entries.unsent ?? this.state.entries)];
    for (const { id: messageId, state, owed } of this.inFlight.entries()) {
      if (typeof owed !== "object") continue;
      if (state !== awaiting.pubcomp) entries.push({ ...owed, messageId });
      else {
        // The client has it; only the PUBCOMP is missing, and is asked for again.
        this.state.released.set(messageId, 0);
        this.chat.entries.acknowledged(owed);
      }
    }
    this.state.entries = entries;
    return this.state.serialise();
  }
}
